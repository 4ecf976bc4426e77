#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../lib/row.h"
#include "folder.h"
#include "hook.h"
#include "relation.h"

static void
add_member(struct relation *r, const char *unit)
{
	r->member = memory_grow(r->member, &r->n, sizeof *r->member);
	r->member[r->n - 1] = memory_text("%s", unit);
}

void
relation_read(struct relation *r, const char *name)
{
	const char *end = strrchr(hook.name, '-');
	char *s, *words[ROW_WORDS];
	bool here;

	r->name = memory_text("%s", name);
	r->id = r->name + strcspn(name, ":") + 1;
	r->app = "";
	s = file_read(hook.model, memory_brief("units/%s/rel/%s", hook.file, name), NULL);
	here = *hook.remote_unit != '\0' && strcmp(hook.relation, r->id) == 0;
	while (row_next(&s, words) > 1) {
		if (strcmp(words[0], "side") == 0)
			r->app = words[1];
		else if (!here || strcmp(words[1], hook.remote_unit) != 0)
			add_member(r, words[1]);
	}
	if (here && (end == NULL || strcmp(end, "-departed") != 0))
		add_member(r, hook.remote_unit);
	memory_sort(r->member, r->n);
}

int
relation_find(struct relation *r, const char *given)
{
	char **name, *end;
	const char *id, *what;
	size_t n, i;

	if (given == NULL && *hook.relation == '\0')
		return hook_fail(USAGE, "no relation id specified");
	id = given == NULL ? hook.relation : given;
	if (strrchr(id, ':') != NULL)
		id = strrchr(id, ':') + 1;
	what = "relation not found";
	if (*id == '\0' || (strtol(id, &end, 10), *end != '\0'))
		what = "invalid relation id";
	name = file_list(hook.model, memory_brief("units/%s/rel", hook.file), &n);
	for (i = 0; i < n; i++) {
		if (strchr(name[i], ':') != NULL && strcmp(strchr(name[i], ':') + 1, id) == 0) {
			relation_read(r, name[i]);
			break;
		}
	}
	if (r->name != NULL)
		return OK;
	return hook_fail(
	    USAGE, "invalid value \"%s\" for option -r: %s", given == NULL ? id : given, what);
}

bool
relation_gone(const struct relation *r)
{
	return faccessat(hook.model, memory_brief("relations/%s/gone", r->id), F_OK, 0) == 0;
}
