/* For the files of the bus service only. */
#pragma once

#include "sohoa-bus-service.h"

#include "sohoa-batches.h"

#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

#define SOHOA_BUS_MAX_INTERFACES 8u

struct _SohoaBusService {
  GDBusConnection *connection;     /* (owned) */
  SohoaDesk       *desk;           /* (unowned) */
  SohoaQueue      *queue;          /* (unowned) */
  SohoaReception  *reception;      /* (unowned) */
  SohoaBatches    *batches;        /* (unowned) */
  GThreadPool     *pool;           /* (owned) */
  guint            objects[SOHOA_BUS_MAX_INTERFACES]; /* registrations, 0 = none */
  GHashTable      *watches;        /* (owned) unique name of who holds an unlock → watch id */
  GMutex           watches_lock;
  guint            expiry;         /* timer that ends unlocks past their time */
  guint64          sequence;       /* last one told by Changed; main thread */
};

/* One call under way. */
typedef struct {
  SohoaBusService       *service;    /* (unowned) */
  GDBusMethodInvocation *invocation; /* (owned) until answered */
  GVariant              *parameters; /* (unowned) of the invocation */
  GUnixFDList           *fds;        /* (unowned) (nullable) that came with it */
  GUnixFDList           *fds_out;    /* (owned) (nullable) that go with the answer */
  char                  *actor;      /* (owned) "uid:1000" */
  gboolean               petitions_asked, petitions_allowed; /* sohoa_bus_may_read_petitions() */
} SohoaBusCall;

/* Gives the answer's tuple, or NULL with an error. */
typedef GVariant *(*SohoaBusHandler) (SohoaBusCall *call, GError **error);

typedef struct {
  const char     *method;
  const char     *action; /* (nullable) SOHOA_ACTION_…; NULL = reading */
  SohoaBusHandler run;
} SohoaBusRow;

extern const SohoaBusRow sohoa_bus_changes[]; /* end with a NULL method */
extern const SohoaBusRow sohoa_bus_reads[];
extern const SohoaBusRow sohoa_bus_daemon[];
extern const SohoaBusRow sohoa_bus_signing[];
extern const SohoaBusRow sohoa_bus_scanner[];

/* Ends the unlocks of @owner, a unique name, when it leaves the bus. */
void     sohoa_bus_watch_owner (SohoaBusService *self, const char *owner);

/* sohoa-bus-messages.c */
GVariant *sohoa_bus_get_messages (SohoaBusCall *call, GError **error);
GVariant *sohoa_bus_get_duplicates (SohoaBusCall *call, GError **error);
GVariant *sohoa_bus_import_agencies (SohoaBusCall *call, GError **error);
GVariant *sohoa_bus_get_agencies (SohoaBusCall *call, GError **error);
GVariant *sohoa_bus_get_day (SohoaBusCall *call, GError **error);
/* sohoa-bus-petitions.c: whether the caller handles letters of citizens. SOHOA_ERROR_NOT_AUTHORISED. */
gboolean sohoa_bus_may_read_petitions (SohoaBusCall *call, GError **error);
/* FALSE when @document is such a letter and the caller does not. */
gboolean sohoa_bus_check_reader (SohoaBusCall *call, const SohoaStoreDocument *document, GError **error);
/* The same for their register. */
gboolean sohoa_bus_check_book (SohoaBusCall *call, const char *book, GError **error);
/* The document a call's first argument names, when the caller may see it; yours. */
SohoaStoreDocument *sohoa_bus_find (SohoaBusCall *call, GError **error);
/* Before the gate has cleared it nobody sees anything of a document. */
gboolean sohoa_bus_is_open (const SohoaStoreDocument *document);

/* sohoa-bus-registers.c */
GVariant *sohoa_bus_get_register_rows (SohoaBusCall *call, GError **error);
GVariant *sohoa_bus_list_books (SohoaBusCall *call, GError **error);
GVariant *sohoa_bus_freeze_register (SohoaBusCall *call, GError **error);

/* Options: take what is known, then refuse the rest by name (style.md habit 16). */
char    *sohoa_bus_take_string (GVariantDict *dict, const char *key); /* (nullable) g_free */
gboolean sohoa_bus_no_more (GVariantDict *dict, GError **error);
/* Adds @fd (taken) to the answer; -1 on error, else the handle. */
gint32   sohoa_bus_give_fd (SohoaBusCall *call, int fd, GError **error);

G_END_DECLS
