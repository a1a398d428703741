/* What the tests of the store share: a store of either backend, and the steps every test takes. */
#pragma once

#include "sohoa-store.h"

#define T0 G_GINT64_CONSTANT (1795399200000000) /* 2026-11-23, any fixed time */
#define SECOND G_USEC_PER_SEC
#define LEASE_MS 1000

typedef struct {
  const char *name;
  gboolean    on_disk;
} Backend;

typedef struct {
  SohoaStore *store;
  char *folder; /* (owned) (nullable) */
  char *path;   /* (owned) (nullable) */
} Fixture;

void set_up (Fixture *f, gconstpointer data);
void tear_down (Fixture *f, gconstpointer data);
char *new_record (const char *number, const char *subject, const char *priority, const char *secrecy);
char *add_at (Fixture *f, const char *record, gint64 now_us);
void change_ok (Fixture *f, const SohoaStoreChange *c, SohoaStoreResult *result);
void change_fails (Fixture *f, const SohoaStoreChange *c, GQuark domain, int code);
void move_ok (Fixture *f, const char *id, SohoaState to);
void walk_to (Fixture *f, const char *id, SohoaState to);
SohoaStoreDocument *find (Fixture *f, const char *id);
SohoaStoreClaim *claim (Fixture *f, gint64 now_us);
void assert_chain_good (Fixture *f, const char *id);

/* Adds @function for both backends; needs `i` and `backends`. */
#define ADD(path, function)                                                                                    \
  G_STMT_START                                                                                                 \
  {                                                                                                            \
    g_autofree char *full = g_strdup_printf ("/store/%s/" path, backends[i].name);                             \
    g_test_add (full, Fixture, &backends[i], set_up, function, tear_down);                                     \
  }                                                                                                            \
  G_STMT_END
