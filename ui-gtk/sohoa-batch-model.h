/* The stack of paper in work: scanners, profiles, the batch, its pages as they arrive, and what a person is asked. Only what
 * the daemon tells; no display needed. */
#pragma once

#include "sohoa-desk-bus.h"

G_BEGIN_DECLS

#define SOHOA_TYPE_PAGE_ITEM (sohoa_page_item_get_type ())
G_DECLARE_FINAL_TYPE (SohoaPageItem, sohoa_page_item, SOHOA, PAGE_ITEM, GObject)
struct _SohoaPageItem {
  GObject  parent;
  guint    page, sheet;      /* the page's name in calls; from 1 */
  char    *side, *state;     /* (owned) */
  char    *flags;            /* (owned) "" or words of quality, by commas */
  char    *document;         /* (owned) "" before its document left, else its id */
  guint    document_page;    /* from 1 in it */
  gboolean blank, ask, starts_document;
};
/* "Trang 3 · tờ 2 · mặt sau · trang trắng"; g_free. */
char *sohoa_page_item_describe (SohoaPageItem *self);

#define SOHOA_TYPE_BATCH_MODEL (sohoa_batch_model_get_type ())
G_DECLARE_FINAL_TYPE (SohoaBatchModel, sohoa_batch_model, SOHOA, BATCH_MODEL, GObject)

/* Signals: "changed", "pages-changed", "failed" (text), "devices-changed". */
SohoaBatchModel *sohoa_batch_model_new (SohoaDeskBus *bus);

/* Looks for scanners, profiles and the newest batch that is not done. */
void sohoa_batch_model_refresh (SohoaBatchModel *self);
/* aa{sv} of Scanner.Devices and Scanner.Profiles; borrowed, may be NULL. */
GVariant *sohoa_batch_model_peek_devices (SohoaBatchModel *self);
GVariant *sohoa_batch_model_peek_profiles (SohoaBatchModel *self);

const char *sohoa_batch_model_peek_id (SohoaBatchModel *self); /* "" = none */
const char *sohoa_batch_model_peek_state (SohoaBatchModel *self);
const char *sohoa_batch_model_peek_error (SohoaBatchModel *self); /* "Scan.Jam" … or "" */
gboolean    sohoa_batch_model_is_feeding (SohoaBatchModel *self);
GVariant   *sohoa_batch_model_peek_info (SohoaBatchModel *self); /* a{sv} of GetBatch; borrowed, may be NULL */
GListModel *sohoa_batch_model_peek_pages (SohoaBatchModel *self); /* of SohoaPageItem, borrowed */
/* M4 while it balances: "Đủ giấy: 10 tờ, 20 mặt = 17 trang giữ + 3 trang trắng."; g_free. */
char       *sohoa_batch_model_dup_count (SohoaBatchModel *self);
/* What a person must know now, "" = nothing. g_free. */
char       *sohoa_batch_model_dup_notice (SohoaBatchModel *self);

/* What Scanner answered; also how tests fill it. */
void sohoa_batch_model_take (SohoaBatchModel *self, const char *id, GVariant *info);
void sohoa_batch_model_take_pages (SohoaBatchModel *self, GVariant *pages); /* aa{sv}: all of them */

void sohoa_batch_model_start (SohoaBatchModel *self, const char *device, const char *profile, guint sheets);
void sohoa_batch_model_stop (SohoaBatchModel *self);
void sohoa_batch_model_feed (SohoaBatchModel *self, const char *how, guint page);
void sohoa_batch_model_finish (SohoaBatchModel *self, const char *reason);
void sohoa_batch_model_accept (SohoaBatchModel *self); /* all pages that are asked about */
void sohoa_batch_model_release (SohoaBatchModel *self, const char *reason);
void sohoa_batch_model_purge (SohoaBatchModel *self);

G_END_DECLS
