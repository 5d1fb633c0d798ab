/*
 * cli/notify.h - tell the service manager what we are doing: the datagram protocol of sd_notify(3).
 */
#ifndef SECUDOC_CLI_NOTIFY_H
#define SECUDOC_CLI_NOTIFY_H

/*
 * notify() - send state ("READY=1", "STOPPING=1", "STATUS=...") to $NOTIFY_SOCKET, a path or, with a leading
 * "@", an abstract name. Without the variable, and when nobody listens or reads, nothing happens: a service
 * manager that went away is no reason to stop work.
 */
void notify(const char *state);
/* notify_reloading() - "RELOADING=1" with the monotonic time that sd_notify(3) demands beside it. */
void notify_reloading(void);

#endif
