/* All batches of the desk: starts, stops and continues them, runs their pages through gate and recognition while paper
 * moves, and lets finished documents into the store. Survives SIGKILL at any point (sohoa-batch.h). Any thread. */
#pragma once

#include "sohoa-batch.h"
#include "sohoa-desk.h"
#include "sohoa-scanners.h"

G_BEGIN_DECLS

typedef struct _SohoaBatches SohoaBatches;

/* Loads what a former run left and goes on with it. */
SohoaBatches *sohoa_batches_new (SohoaDesk *desk, GError **error);
/* Stops every scan and waits for the page work under way. */
void          sohoa_batches_free (SohoaBatches *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaBatches, sohoa_batches_free)

SohoaScanners *sohoa_batches_peek_scanners (SohoaBatches *self);

/* After each change, from any thread, under a lock: call nothing of this file. @page 0: the batch itself. */
typedef void (*SohoaBatchesChanged) (guint64 sequence, const char *batch, guint page, const char *state, gpointer data);
void sohoa_batches_set_callback (SohoaBatches *self, SohoaBatchesChanged changed, gpointer data);

typedef struct {
  const char             *device;   /* "" = the profile's */
  const SohoaScanProfile *profile;
  const char *const      *options;  /* (nullable) raw device options */
  const char *const      *fields;   /* (nullable) "Field=value" for every document */
  guint                   expected; /* sheets the clerk counted, 0 = not said */
  gboolean                open;     /* documents stay in the batch until finish */
  const char             *token, *actor;
} SohoaBatchStart;

/* Gives the batch; g_free. The same token gives the same batch. Errors: SOHOA_ERROR_INVALID_ARGUMENT, no space. */
char *sohoa_batches_start (SohoaBatches *self, const SohoaBatchStart *start, GError **error);

typedef enum {
  SOHOA_FEED_APPEND, /* the rest of the stack, from the sheet to put back */
  SOHOA_FEED_AGAIN,  /* page @page again, one image in its place */
  SOHOA_FEED_INSERT, /* what is fed comes after page @page */
  SOHOA_FEED_BACKS,  /* manual duplex: the same stack turned over, last sheet first */
} SohoaFeedKind;

/* Scans more into a batch that waits. SOHOA_ERROR_CONFLICT when it does not wait, or the page has left. */
gboolean sohoa_batches_feed (SohoaBatches *self, const char *id, SohoaFeedKind kind, guint page, const char *device,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Stops the feeder; what came is kept. Harmless when nothing moves. */
gboolean sohoa_batches_stop (SohoaBatches *self, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Nothing more comes: the documents leave. @reason: (nullable) taken for a count that does not balance. */
gboolean sohoa_batches_finish (SohoaBatches *self, const char *id, const char *reason, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* A person takes pages as they are (quality). */
gboolean sohoa_batches_accept (SohoaBatches *self, const char *id, const guint *pages, guint n, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
/* Held: a second person says that it is no secret; or it is one and everything of it is destroyed. */
gboolean sohoa_batches_release (SohoaBatches *self, const char *id, const char *who, const char *reason, GError **error)
  G_GNUC_WARN_UNUSED_RESULT;
gboolean sohoa_batches_purge (SohoaBatches *self, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* a{sv} of one batch; aa{sv} of its pages from index @from; a(sa{sv}) of batches, newest first. Floating; keys: dbus/. */
GVariant *sohoa_batches_describe (SohoaBatches *self, const char *id, GError **error);
GVariant *sohoa_batches_describe_pages (SohoaBatches *self, const char *id, guint from, guint limit, GError **error);
GVariant *sohoa_batches_list (SohoaBatches *self, const char *cursor, guint limit, char **next_out);
/* a(tsus) after @sequence; @complete_out FALSE: older ones are forgotten, look at everything. Floating. */
GVariant *sohoa_batches_changes_since (SohoaBatches *self, guint64 sequence, guint limit, gboolean *complete_out);

G_END_DECLS
