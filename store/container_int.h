/*
 * store/container_int.h - containers from inside: what the accepting commit and the sweep need.
 */
#ifndef SECUDOC_STORE_CONTAINER_INT_H
#define SECUDOC_STORE_CONTAINER_INT_H

#include "store/container.h"
#include "store/keys_int.h"

#include <limits.h>

#define CONTAINER_FOLDERS 256u
#define SEALED_KEY_SIZE   (STORE_KEY_SIZE + SEAL_OVERHEAD)

/* containers_dir/tmp and containers_dir/00 ... ff */
MUST_USE enum err container_folders_make(const char *containers_dir);
/* the file of a container: containers_dir/<last byte of the id>/<id in hex> */
MUST_USE enum err container_path(const char *containers_dir, int64_t id, char out[PATH_MAX]);

int64_t container_tenant_id(const struct store_container *c);
const uint8_t *container_key(const struct store_container *c);        /* STORE_KEY_SIZE bytes */
const uint8_t *container_sealed_key(const struct store_container *c); /* SEALED_KEY_SIZE bytes */
/* after finish: the stored bytes for the row, or empty when they are a file */
struct span container_row(const struct store_container *c);
uint64_t container_stored_size(const struct store_container *c);
/* container_keep() - the file stays when c is freed: its row is there, or may be. */
void container_keep(struct store_container *c);

/* message_token() - link token of a recipient from the message key. */
void message_token(const uint8_t key[STORE_KEY_SIZE], int rcpt_no, char ret[STORE_TOKEN_SIZE]);
/* message_key_open() - with the tenant's private key. ERR_DENIED. */
MUST_USE enum err message_key_open(struct store *st, int64_t tenant_id, int64_t mail_id,
    struct span sealed, uint8_t ret_key[STORE_KEY_SIZE]);

#endif
