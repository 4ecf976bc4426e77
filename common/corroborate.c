#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "corroborate.h"
#include "decimal.h"
#include "map.h"

enum {
	ROOMS = 256,
	TYPES = 4,	/* of enum type, and some */
	BOXES_MIN = 64, /* a power of 2 */
};

enum type { STRING, NUMBER, LITERAL };

/*
 * An element that has a vote. Ballots are sorted into rooms by their hashes, so that what is
 * counted at a time fits the processor's cache: with a million of them in one table nearly every
 * look would be a miss. They are small for the same reason.
 */
struct ballot {
	const char *key; /* the same for elements that are equal, among those of one type */
	uint32_t place;
	uint32_t hash; /* of the key, but for the last digit to the base TYPES, which is the type */
};

struct box {
	const struct ballot *first; /* NULL: the box is free */
	size_t votes;
};

/* A hash table: n, a power of 2, of the cap boxes that there is memory for. */
struct boxes {
	struct box *box;
	size_t n;
	size_t cap;
	size_t used;
};

/* Checks the elements; gives their number and the room that the keys of numbers need. */
static int
check_elements(const cJSON *items, size_t *n, size_t *bytes, struct fail *f)
{
	const cJSON *e;

	*n = *bytes = 0;
	for (e = items->child; e; e = e->next) {
		++*n;
		if (cJSON_IsArray(e) || cJSON_IsObject(e))
			return fail_set(f, STATUS_INPUT,
			    "element %zu: expected a string, a number, a boolean or null, got %s",
			    *n, json_kind(e));
		if (cJSON_IsNumber(e) && !decimal_is_key(e->valuestring))
			*bytes += strlen(e->valuestring) + DECIMAL_GROWTH;
	}
	return 0;
}

/* The element's text, and its type. */
static const char *
text_of(const cJSON *e, enum type *type)
{
	*type = cJSON_IsString(e) ? STRING : cJSON_IsNumber(e) ? NUMBER : LITERAL;
	if (*type != LITERAL)
		return e->valuestring;
	return cJSON_IsNull(e) ? "null" : cJSON_IsTrue(e) ? "true" : "false";
}

static size_t
room_of(const struct ballot *b)
{
	return b->hash / TYPES % ROOMS;
}

/*
 * Returns the number of ballots; how many each room gets goes to rooms. keys has room for what
 * numbers need.
 */
static size_t
cast(const cJSON *items, const char *deflt, char *keys, struct ballot *ballots, size_t *rooms)
{
	struct ballot *b = ballots;
	uint32_t place = 0;
	enum type type;
	const cJSON *e;
	uint64_t hash;

	for (e = items->child; e; e = e->next) {
		b->key = text_of(e, &type);
		b->place = place++;
		if (type == STRING && strcmp(b->key, deflt) == 0)
			continue;
		if (type == NUMBER && !decimal_is_key(b->key)) {
			b->key = keys;
			keys += decimal_key(keys, e->valuestring);
		}
		hash = map_hash(b->key, strlen(b->key), type);
		b->hash = (uint32_t)hash / TYPES * TYPES + type;
		rooms[room_of(b++)]++;
	}
	return (size_t)(b - ballots);
}

/*
 * Puts the ballots into sorted, a room's behind the other's, in their order; rooms becomes the
 * rooms' ends.
 */
static void
sort(const struct ballot *ballots, size_t n, struct ballot *sorted, size_t *rooms)
{
	size_t i, start = 0, count;

	for (i = 0; i < ROOMS; i++) {
		count = rooms[i];
		rooms[i] = start;
		start += count;
	}
	for (i = 0; i < n; i++)
		sorted[rooms[room_of(&ballots[i])]++] = ballots[i];
}

static struct box *
box_of(const struct boxes *boxes, const struct ballot *b)
{
	size_t i = b->hash / TYPES / ROOMS & (boxes->n - 1);
	const struct ballot *first;

	for (; (first = boxes->box[i].first); i = (i + 1) & (boxes->n - 1))
		if (first->hash == b->hash && strcmp(first->key, b->key) == 0)
			break;
	return &boxes->box[i];
}

/* Makes boxes empty, so many as n ballots need at most, or as many as there is memory for yet. */
static void
clear(struct boxes *boxes, size_t n)
{
	boxes->used = 0;
	boxes->n = BOXES_MIN;
	while (boxes->n < boxes->cap && boxes->n < n * 2)
		boxes->n *= 2;
	memset(boxes->box, 0, boxes->n * sizeof *boxes->box);
}

/* Room is made as it is needed: most ballots may be for a few. */
static int
grow(struct boxes *boxes)
{
	struct boxes more = {.n = boxes->n * 4, .cap = boxes->n * 4, .used = boxes->used};
	size_t i;

	more.box = calloc(more.n, sizeof *more.box);
	if (!more.box)
		return -1;
	for (i = 0; i < boxes->n; i++)
		if (boxes->box[i].first)
			*box_of(&more, boxes->box[i].first) = boxes->box[i];
	free(boxes->box);
	*boxes = more;
	return 0;
}

/* Counts a room's ballots; *best is the winner so far. */
static int
count(const struct ballot *b, const struct ballot *end, struct boxes *boxes, struct box *best)
{
	const struct box *x;
	struct box *box;

	clear(boxes, (size_t)(end - b));
	for (; b < end; b++) {
		box = box_of(boxes, b);
		box->votes++;
		if (box->first)
			continue;
		box->first = b;
		if (++boxes->used * 2 > boxes->n && grow(boxes))
			return -1;
	}
	for (x = boxes->box; x < boxes->box + boxes->n; x++)
		if (x->votes > best->votes || (x->votes == best->votes && best->first &&
						  x->first->place < best->first->place))
			*best = *x;
	return 0;
}

/* Gives the winner's votes, 0: there is none, and the place of the first one. */
static int
elect(const struct ballot *ballots, size_t n, size_t *rooms, size_t *votes, uint32_t *place)
{
	struct ballot *sorted = malloc((n + 1) * sizeof *sorted);
	struct boxes boxes = {.cap = BOXES_MIN};
	struct box best = {0};
	size_t i, start = 0;
	int failed = 0;

	boxes.box = malloc(boxes.cap * sizeof *boxes.box);
	if (sorted && boxes.box)
		sort(ballots, n, sorted, rooms);
	else
		failed = -1;
	for (i = 0; !failed && i < ROOMS; start = rooms[i++])
		failed = count(sorted + start, sorted + rooms[i], &boxes, &best);
	*votes = best.votes;
	*place = best.first ? best.first->place : 0;
	free(boxes.box);
	free(sorted);
	return failed;
}

/* The text of the element at that place. */
static void
take_winner(const cJSON *items, uint32_t place, struct corroborated *result)
{
	const cJSON *e = items->child;
	enum type type;

	while (place--)
		e = e->next;
	result->text = text_of(e, &type);
	result->is_string = type == STRING;
}

int
corroborate(const cJSON *items, const char *deflt, struct corroborated *result, struct fail *f)
{
	size_t rooms[ROOMS] = {0}, n, bytes, votes = 0;
	struct ballot *ballots;
	uint32_t place = 0;
	char *keys;
	int failed = -1;

	result->text = deflt;
	result->is_string = true;
	if (check_elements(items, &n, &bytes, f))
		return -1;
	keys = malloc(bytes + 1);
	ballots = malloc((n + 1) * sizeof *ballots);
	if (keys && ballots) {
		n = cast(items, deflt, keys, ballots, rooms);
		failed = elect(ballots, n, rooms, &votes, &place);
	}
	if (votes)
		take_winner(items, place, result);
	free(keys);
	free(ballots);
	return failed ? fail_memory(f) : 0;
}
