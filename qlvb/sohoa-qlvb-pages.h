/* The receiver's web pages as HTML. Every value goes through the escaping of put(); no page holds a script. */
#pragma once

#include "sohoa-qlvb-store.h"

G_BEGIN_DECLS

#define SOHOA_QLVB_PAGE_ROWS 50

/* What every page shows around its own content. All borrowed. */
typedef struct {
  const char *agency_name;
  const char *user;     /* NULL before the log-in */
  const char *token;    /* of the session's forms */
  const char *path;     /* of this page with its query, for the way back after a change of language */
  const char *said;     /* (nullable) what was just done */
  gboolean    english;
} SohoaQlvbView;

GBytes *sohoa_qlvb_page_login (const SohoaQlvbView *view, const char *name, const char *trouble);
GBytes *sohoa_qlvb_page_message (const SohoaQlvbView *view, const char *title, const char *text);
/* @list: of one page from row @offset of @total. @which: "new", "open", "done", "all". */
GBytes *sohoa_qlvb_page_inbox (const SohoaQlvbView *view, const GPtrArray *list, guint offset, guint total,
                               const char *which, const char *text);
/* The ten columns of NĐ30's Sổ đăng ký văn bản đến. @books: of sohoa_qlvb_store_books(). */
GBytes *sohoa_qlvb_page_register (const SohoaQlvbView *view, const GPtrArray *list, const GPtrArray *books,
                                  guint offset, guint total, const char *text, int year, const char *book);
/* @n_pages: 0 = its pages cannot be shown. */
GBytes *sohoa_qlvb_page_document (const SohoaQlvbView *view, const SohoaQlvbDocument *d, const GPtrArray *statuses,
                                  guint n_pages);

/* The word of a status code. */
const char *sohoa_qlvb_status_word (const char *code, gboolean english);

G_END_DECLS
