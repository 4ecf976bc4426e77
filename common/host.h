/*
 * Host names as microcluster accepts them (its FQDN rules).
 */
#ifndef TD_HOST_H
#define TD_HOST_H

/* NULL if microcluster accepts the name, else the reason why not. */
const char *host_fault(const char *name);

#endif
