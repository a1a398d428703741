/* For the files of the batches only. */
#pragma once

#include "sohoa-file.h"
#include "sohoa-batches.h"
#include "sohoa-scan-session.h"
#include "sohoa-scanners.h"
#include "sohoa-sealed.h"

G_BEGIN_DECLS

#define SOHOA_BATCH_MAX_AHEAD 24u    /* sheets' images not yet looked at; then the feeder waits */
#define SOHOA_BATCH_CHANGES_KEPT 4096u /* rows of the change feed, at least */
#define SOHOA_BATCH_TRIES 3u         /* of a look or a reading that blames the worker */

/* One batch at work. Lives until the manager is freed. */
typedef struct {
  SohoaBatches     *owner;      /* (unowned) */
  char             *folder;     /* (owned) */
  GMutex            lock;       /* of everything below */
  SohoaBatch       *batch;      /* (owned) */
  SohoaSealKey     *key;        /* (owned) (nullable) NULL: gone with the power, or not needed any more */
  SohoaScanSession *session;    /* (owned) (nullable) made and freed on the feed thread */
  SohoaFeedKind     kind;       /* of the feed under way */
  guint             page;       /* AGAIN, INSERT */
  guint             insert_at;  /* number of the page after which the next one goes (INSERT) */
  guint             fronts;     /* BACKS: sheets of the first stack */
  char             *feed_device; /* (owned) (nullable) another device for this feed */
  GQueue            parked;     /* (element-type SohoaScanPage) sealed, but the feeder shall wait */
  guint             unlooked;
  gboolean          committing, leaving;
} SohoaBatchRun;

struct _SohoaBatches {
  SohoaDesk     *desk;      /* (unowned) */
  char          *dir;       /* (owned) state-dir/batches */
  char          *keys;      /* (owned) runtime-dir/keys */
  GMutex         lock;      /* of the list and the changes */
  GPtrArray     *runs;      /* (owned) (element-type SohoaBatchRun) oldest first; only grows */
  GArray        *changes;   /* (owned) ring of the newest, see sohoa-batches.c */
  guint64        sequence;
  SohoaBatchesChanged changed;
  gpointer       changed_data;
  GThreadPool   *pool;      /* (owned) page work */
  GCancellable  *cancellable; /* (owned) the daemon stops */
  SohoaScanners *scanners;  /* (owned) */
  GMainContext  *context;   /* (owned) of the feed thread */
  GMainLoop     *loop;      /* (owned) */
  GThread       *thread;    /* (owned) */
  gint           stopping;  /* atomic */
};

/* One row of the change feed. */
typedef struct {
  guint64 sequence;
  guint   page;
  char    batch[SOHOA_ID_LENGTH + 1];
  char    state[16];
} SohoaBatchChange;

/* Borrowed, lives as long as the daemon. SOHOA_ERROR_NOT_FOUND. */
SohoaBatchRun *sohoa_batches_find_run (SohoaBatches *self, const char *id, GError **error);

/* Tells the world. @run's lock may be held. */
void sohoa_batches_tell (SohoaBatchRun *run, guint page, const char *state);
/* Stores the batch; on failure it waits with the reason (never loses what was stored before). Lock held. */
gboolean sohoa_batch_run_save (SohoaBatchRun *run);
/* waiting (or held) with a reason, stored and told. Lock held. */
void sohoa_batch_run_wait (SohoaBatchRun *run, const char *error_name, const char *message);
char *sohoa_batch_run_path (const SohoaBatchRun *run, guint number, const char *suffix); /* g_free */
char *sohoa_batch_run_sealed_path (const SohoaBatchRun *run, const SohoaBatchPage *page); /* g_free */

/* sohoa-batch-feed.c: on the feed thread; takes no lock. */
void sohoa_batch_feed_start (SohoaBatchRun *run); /* any thread; session begins on the feed thread */
void sohoa_batch_feed_stop (SohoaBatchRun *run);  /* any thread */
/* Room again for pages that were parked. Lock held. */
void sohoa_batch_feed_unpark (SohoaBatchRun *run);

/* sohoa-batch-work.c: jobs of the pool. Lock not held. */
void sohoa_batch_work_look (SohoaBatchRun *run);   /* queues every page that waits for a look */
void sohoa_batch_work_read (SohoaBatchRun *run);   /* queues every cleared page that waits to be read (after a restart) */
void sohoa_batch_work_commit (SohoaBatchRun *run); /* clears what can be cleared, in the paper's order */
void sohoa_batch_work_job (gpointer job, gpointer batches);
int  sohoa_batch_work_compare (gconstpointer a, gconstpointer b, gpointer data);
/* A mark: the feeder stops, whatever lies open and has not left is sealed again. Takes the lock. */
void sohoa_batch_work_hold (SohoaBatchRun *run, const GError *why);

/* sohoa-batch-leave.c: documents leave when they are complete and read. Lock not held. */
void sohoa_batch_leave (SohoaBatchRun *run);

/* What the clerk is told of @batch (under its run's lock): a(sss) of code, "" and text (sohoa-batch-messages.c). Floating. */
GVariant *sohoa_batch_messages (const SohoaBatch *batch);

G_END_DECLS
