#include <string.h>

#include "memory.h"
#include "options.h"

/* The place of the n bytes at name among the words; "=" may follow there. Or NULL. */
static const char *
find(const char *words, const char *name, size_t n)
{
	const char *p;

	for (p = words; *(p += strspn(p, " ")) != '\0'; p += strcspn(p, " "))
		if (strncmp(p, name, n) == 0 && strchr(" =", p[n]) != NULL)
			return p;
	return NULL;
}

bool
options_is_word(const char *word, const char *words)
{
	return *word != '\0' && strpbrk(word, " =") == NULL &&
	       find(words, word, strlen(word)) != NULL;
}

/* Reads the option at *arg, and the argument after it if that is its value. */
static enum options_fault
read_one(struct options *o, char ***arg)
{
	bool is_long = (**arg)[1] == '-';
	const char *name = **arg + 1 + is_long, *word = NULL, *value;
	size_t n = is_long ? strcspn(name, "=") : 1;

	if (is_long == (n > 1))
		word = find(o->known, name, n);
	if (word == NULL)
		return OPTIONS_UNKNOWN;
	if (!is_long)
		word += 2;
	value = name + n + (name[n] == '=');
	if (word[strcspn(word, " =")] != '=') {
		if (name[n] != '=')
			value = "true";
		if (options_is_word(value, "0 f F false False FALSE"))
			value = NULL;
		else if (!options_is_word(value, "1 t T true True TRUE"))
			return OPTIONS_NO_BOOL;
	} else if (name[n] == '\0') {
		value = (*arg)[1];
		if (value == NULL)
			return OPTIONS_NO_VALUE;
		++*arg;
	}
	o->given = memory_grow(o->given, &o->n, sizeof *o->given);
	o->given[o->n - 1] = (struct options_given){word, value};
	return OPTIONS_OK;
}

enum options_fault
options_read(struct options *o, char **arg, const char **wrong)
{
	enum options_fault fault;
	char **operand = arg;
	bool more = true;

	for (; *arg != NULL; arg++) {
		*wrong = *arg;
		if (!more || **arg != '-' || (*arg)[1] == '\0') {
			*operand++ = *arg;
		} else if (strcmp(*arg, "--") == 0) {
			more = false;
		} else {
			fault = read_one(o, &arg);
			if (fault != OPTIONS_OK)
				return fault;
		}
	}
	*operand = NULL;
	return OPTIONS_OK;
}

const char *
options_get(const struct options *o, const char *name)
{
	size_t i;

	for (i = o->n; i-- > 0;)
		if (find(o->given[i].name, name, strlen(name)) == o->given[i].name)
			return o->given[i].value;
	return NULL;
}
