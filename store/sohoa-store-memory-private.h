/* Private to the memory backend. */
#pragma once

#include "sohoa-store-backend.h"

G_BEGIN_DECLS

typedef struct {
  SohoaStoreDocument *row;  /* (owned) */
  GPtrArray *events;        /* (owned) (element-type SohoaStoreEvent) */
  char      *text;          /* (owned) (nullable) */
  char      *body;          /* (owned) search words */
} Entry;

typedef struct {
  char *digest, *id;        /* (owned) */
  SohoaStoreResult result;
} Token;

typedef struct {
  GMutex      lock;
  guint64     sequence, fence;
  GHashTable *entries;  /* (owned) id → Entry */
  GHashTable *tokens;   /* (owned) token → Token */
  GHashTable *intakes;  /* (owned) key text → id */
  GHashTable *meta;     /* (owned) */
  GHashTable *evidence; /* (owned) id → SohoaStoreEvidence (owned), whose id it is */
  GPtrArray  *numbers;  /* (owned) (element-type SohoaStoreRegisterRow) fields_json NULL */
  GPtrArray  *outbox;   /* (owned) (element-type SohoaStoreOutboxRow) */
  GPtrArray  *receipts; /* (owned) (element-type SohoaStoreReceipt) */
} Memory;

#define LOCK(self) g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&(self)->lock)

GPtrArray *sohoa_memory_list_register (gpointer self, const char *agency, int year, const char *book,
                                       GError **error);
gboolean   sohoa_memory_freeze_register (gpointer self, const char *agency, int year, const char *book,
                                         const GPtrArray *rows, gint64 now_us, GError **error);
GPtrArray *sohoa_memory_list_outbox (gpointer self, const char *id, GError **error);
GPtrArray *sohoa_memory_list_receipts (gpointer self, const char *id, GError **error);
GPtrArray *sohoa_memory_list_events (gpointer self, const char *id, GError **error);
gboolean   sohoa_memory_set_evidence (gpointer self, const SohoaStoreEvidence *evidence, GError **error);
gboolean   sohoa_memory_get_evidence (gpointer self, const char *id, SohoaStoreEvidence *evidence_out, GError **error);
GArray    *sohoa_memory_list_evidence (gpointer self, gint64 until_us, guint limit, GError **error);

G_END_DECLS
