/* The desk's documents, newest first, as rows; and the register of a book. What is shown follows the daemon's signals; no
 * display needed. */
#pragma once

#include "sohoa-desk-bus.h"

G_BEGIN_DECLS

#define SOHOA_TYPE_ROW_ITEM (sohoa_row_item_get_type ())
G_DECLARE_FINAL_TYPE (SohoaRowItem, sohoa_row_item, SOHOA, ROW_ITEM, GObject)
struct _SohoaRowItem {
  GObject parent;
  char   *id, *state, *number, *subject, *issuer, *issued, *arrival, *reason; /* (owned) */
  char   *folded;   /* (owned) what is searched: without marks, lower case */
  guint   revision, priority, pages;
  gint64  updated_us;
  gboolean assisted; /* lies ready for the receiver's web form: a person hands it over and enters the answer */
};

/* What of the list is wanted. */
typedef enum {
  SOHOA_LIST_ALL,
  SOHOA_LIST_REVIEW,  /* waits for a person's check */
  SOHOA_LIST_SIGN,    /* waits for a signature */
  SOHOA_LIST_WORKING, /* a machine is at it */
  SOHOA_LIST_TROUBLE, /* held, failed, refused */
  SOHOA_LIST_DONE,
  SOHOA_N_LISTS
} SohoaListKind;
const char *sohoa_list_kind_text (SohoaListKind kind); /* static */

#define SOHOA_TYPE_LIST_MODEL (sohoa_list_model_get_type ())
G_DECLARE_FINAL_TYPE (SohoaListModel, sohoa_list_model, SOHOA, LIST_MODEL, GObject)

/* Signals: "changed", "settled" (row, whose state just became accepted, done or refused). */
SohoaListModel *sohoa_list_model_new (SohoaDeskBus *bus);
void        sohoa_list_model_refresh (SohoaListModel *self);
GListModel *sohoa_list_model_peek_rows (SohoaListModel *self); /* all, of SohoaRowItem, borrowed */
/* What List answered; also how tests fill it. */
void        sohoa_list_model_take (SohoaListModel *self, GVariant *documents);
guint       sohoa_list_model_count (SohoaListModel *self, SohoaListKind kind);
SohoaRowItem *sohoa_list_model_find (SohoaListModel *self, const char *id); /* borrowed, NULL = none */
/* The oldest that waits for a check, except @but; borrowed, NULL = none. */
SohoaRowItem *sohoa_list_model_next_review (SohoaListModel *self, const char *but);

gboolean sohoa_row_item_is (SohoaRowItem *self, SohoaListKind kind);
/* @search: as typed; every word must occur, marks and case do not count. */
gboolean sohoa_row_item_matches (SohoaRowItem *self, const char *search);
/* "3 phút", "2 giờ", "4 ngày" since the last change; g_free. */
char    *sohoa_row_item_dup_age (SohoaRowItem *self, gint64 now_us);

G_END_DECLS
