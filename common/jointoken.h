/*
 * Reads what is in a join token of microcluster (internal/rest/types/tokens.go): base64 of JSON.
 */
#ifndef TD_JOINTOKEN_H
#define TD_JOINTOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"
#include "json.h"

struct jointoken {
	struct json json;
	const char *fingerprint; /* of the cluster's certificate */
	const cJSON *addresses;	 /* strings */
	size_t naddresses;
};

/*
 * Reads a token into j. *ours: the token is microcluster's. Returns 0, or -1 with f filled: no
 * memory. What is in j is as secret as the token, except the number of addresses.
 */
int jointoken_read(struct jointoken *j, const char *token, bool *ours, struct fail *f);

/* Wipes and frees what jointoken_read made, also if the token isn't microcluster's. */
void jointoken_free(struct jointoken *j);

#endif
