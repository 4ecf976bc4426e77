/* Base64 with the standard alphabet and padding (RFC 4648, section 4), as join tokens are written.
 */
#ifndef BASE64_H
#define BASE64_H

/* TEXT encoded, to be freed. */
char *base64_encode(const char *text);

/* Decodes TEXT into OUT, which needs no more room than TEXT; a NUL follows. Gives -1, or the place
 * of the first byte that is wrong. */
long base64_decode(const char *text, char *out);

#endif
