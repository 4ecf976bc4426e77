#include <string.h>

#include "cluster.h"

static const char *
string_member(const cJSON *node, const char *name)
{
	const cJSON *m = json_member(node, name);

	return m && cJSON_IsString(m) ? m->valuestring : "";
}

static int
read_members(struct cluster *c, const char *name, struct fail *f)
{
	struct cluster_member *m;
	struct map_entry *e;
	const cJSON *root = c->json.root, *node;

	if (!cJSON_IsArray(root)) {
		json_expected(root, "an array of members", f);
		return fail_at(f, "cannot read %s", name_of(name).s);
	}
	c->members =
	    arena_make(&c->json.arena, (size_t)cJSON_GetArraySize(root) * sizeof *c->members);
	if (!c->members)
		return fail_memory(f);
	for (node = root->child; node; node = node->next) {
		m = &c->members[c->n++];
		m->name = string_member(node, "name");
		m->address = string_member(node, "address");
		m->role = string_member(node, "role");
		m->status = string_member(node, "status");
		if (!m->name[0])
			return fail_set(f, STATUS_INPUT, "cannot read %s: member %zu has no name",
			    name_of(name).s, c->n - 1);
		e = map_put(&c->by_name, 0, m->name);
		if (!e)
			return fail_memory(f);
		e->item = m;
	}
	return 0;
}

int
cluster_read(struct cluster *c, char *text, size_t n, const char *name, struct fail *f)
{
	memset(c, 0, sizeof *c);
	if (json_read(&c->json, text, n, name, f) == 0 && read_members(c, name, f) == 0)
		return 0;
	cluster_free(c);
	return -1;
}

void
cluster_free(struct cluster *c)
{
	map_free(&c->by_name);
	json_free(&c->json);
	memset(c, 0, sizeof *c);
}

const struct cluster_member *
cluster_find(const struct cluster *c, const char *name)
{
	return map_found(&c->by_name, 0, name);
}

bool
cluster_is_online(const struct cluster_member *m)
{
	return strcmp(m->status, "ONLINE") == 0;
}

bool
cluster_is_voter(const struct cluster_member *m)
{
	return strcmp(m->role, "voter") == 0;
}

const struct cluster_member *
cluster_better(const struct cluster_member *best, const struct cluster_member *m)
{
	if (!cluster_is_in(m))
		return best;
	if (best && cluster_is_voter(best) != cluster_is_voter(m))
		return cluster_is_voter(m) ? m : best;
	return best && strcmp(best->name, m->name) <= 0 ? best : m;
}

const char *
cluster_communicator(
    const struct cluster *c, bool non_voters, cluster_can_make *can_make, const void *ctx)
{
	const struct cluster_member *m, *best = NULL;

	for (m = c->members; m < c->members + c->n; m++)
		if (!can_make || can_make(ctx, m->name))
			best = cluster_better(best, m);
	return best && (non_voters || cluster_is_voter(best)) ? best->name : NULL;
}

bool
cluster_is_pending(const struct cluster_member *m)
{
	return strcmp(m->role, "PENDING") == 0;
}

bool
cluster_is_in(const struct cluster_member *m)
{
	return m && cluster_is_online(m) && m->role[0] && !cluster_is_pending(m);
}

size_t
cluster_parallel(const struct cluster *c, size_t limit)
{
	size_t i;

	for (i = 0; limit && i < c->n; i++)
		if (!cluster_is_online(&c->members[i]))
			return 1;
	return limit;
}
