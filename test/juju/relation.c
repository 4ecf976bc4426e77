#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "hook.h"
#include "relation.h"

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
relation_read(struct relation *r, const char *name)
{
	char *file, *s, *line, *next, *remote;
	const char *end;
	bool here, departed;

	r->name = text_dup(name, strlen(name));
	r->id = r->name + strcspn(name, ":") + 1;
	file = text_make("units/%s/rel/%s", hook.file, name);
	s = file_read(hook.model, file, NULL);
	free(file);
	remote = text_dup(hook.remote_unit, strlen(hook.remote_unit));
	here = *remote != '\0' && strcmp(hook.relation, r->id) == 0;
	end = strrchr(hook.name, '-');
	departed = end != NULL && strcmp(end, "-departed") == 0;
	for (line = s; line != NULL && *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next == '\n')
			*next++ = '\0';
		if (strncmp(line, "remote ", 7) == 0)
			r->app = text_dup(line + 7, strcspn(line + 7, " "));
		if (strncmp(line, "member ", 7) != 0)
			continue;
		line[7 + strcspn(line + 7, " ")] = '\0';
		if (here && strcmp(line + 7, remote) == 0)
			continue;
		r->member = text_alloc(r->member, (r->n + 2) * sizeof *r->member);
		r->member[r->n++] = text_dup(line + 7, strlen(line + 7));
	}
	if (here && !departed) {
		r->member = text_alloc(r->member, (r->n + 2) * sizeof *r->member);
		r->member[r->n++] = remote;
	} else {
		free(remote);
	}
	if (r->n > 1)
		qsort(r->member, r->n, sizeof *r->member, by_name);
	if (r->app == NULL)
		r->app = text_dup("", 0);
	free(s);
}

int
relation_find(struct relation *r, const char *given)
{
	char **name, *dir, *end;
	const char *id, *what;
	size_t n, i;

	if (given == NULL && *hook.relation == '\0')
		return hook_fail(USAGE, "%s", "no relation id specified");
	id = given == NULL ? hook.relation : given;
	if (strrchr(id, ':') != NULL)
		id = strrchr(id, ':') + 1;
	what = "relation not found";
	if (*id == '\0' || (strtol(id, &end, 10), *end != '\0'))
		what = "invalid relation id";
	dir = text_make("units/%s/rel", hook.file);
	name = file_list(hook.model, dir, &n);
	free(dir);
	for (i = 0; i < n; i++) {
		if (strchr(name[i], ':') != NULL && strcmp(strchr(name[i], ':') + 1, id) == 0) {
			relation_read(r, name[i]);
			break;
		}
	}
	file_list_free(name, n);
	if (r->name != NULL)
		return OK;
	return hook_fail(
	    USAGE, "invalid value \"%s\" for option -r: %s", given == NULL ? id : given, what);
}

bool
relation_gone(const struct relation *r)
{
	char *file;
	bool gone;

	file = text_make("relations/%s/gone", r->id);
	gone = faccessat(hook.model, file, F_OK, 0) == 0;
	free(file);
	return gone;
}
