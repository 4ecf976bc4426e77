/*
 * What microcluster puts into a join token (its internal/rest/types/tokens.go): base64 of JSON.
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
 * Reads a token into j, *ours telling if it is microcluster's. Returns 0, or -1: no memory, in f.
 * What it says is as secret as the token, but for the number of addresses.
 */
int jointoken_read(struct jointoken *j, const char *token, bool *ours, struct fail *f);

/* Wipes and frees what jointoken_read made; one that isn't microcluster's is empty. */
void jointoken_free(struct jointoken *j);

#endif
