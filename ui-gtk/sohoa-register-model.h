/* Sổ văn bản đến: one book of one year, with the official columns, searched without marks. No display needed. */
#pragma once

#include "sohoa-desk-bus.h"

G_BEGIN_DECLS

#define SOHOA_TYPE_REGISTER_ROW (sohoa_register_row_get_type ())
G_DECLARE_FINAL_TYPE (SohoaRegisterRow, sohoa_register_row, SOHOA, REGISTER_ROW, GObject)
struct _SohoaRegisterRow {
  GObject  parent;
  guint64  number;
  char    *id;     /* (owned) "" = no document */
  char   **texts;  /* (owned) one per column */
  char    *folded; /* (owned) what is searched */
  gboolean void_row;
};
/* Every word of @search must occur; marks and case do not count. */
gboolean sohoa_register_row_matches (SohoaRegisterRow *self, const char *search);

#define SOHOA_TYPE_REGISTER_MODEL (sohoa_register_model_get_type ())
G_DECLARE_FINAL_TYPE (SohoaRegisterModel, sohoa_register_model, SOHOA, REGISTER_MODEL, GObject)

/* Signals: "changed" (columns or rows), "books-changed", "failed" (text). @bus may be NULL in tests. */
SohoaRegisterModel *sohoa_register_model_new (SohoaDeskBus *bus);
/* @book: "" = the default one. Asks for the year's books as well. */
void        sohoa_register_model_open (SohoaRegisterModel *self, int year, const char *book);
const char *const *sohoa_register_model_peek_books (SohoaRegisterModel *self); /* never NULL */
int         sohoa_register_model_get_year (SohoaRegisterModel *self);
/* What GetRegisterRows answered; also how tests fill it. @columns: as, @rows: a(tsbbbas). */
void        sohoa_register_model_take (SohoaRegisterModel *self, GVariant *columns, GVariant *rows);
const char *const *sohoa_register_model_peek_columns (SohoaRegisterModel *self); /* never NULL */
GListModel *sohoa_register_model_peek_rows (SohoaRegisterModel *self); /* of SohoaRegisterRow, borrowed */
/* The rows of @rows with the columns' names as CSV (RFC 4180, UTF-8 with BOM, so that office programs read it); g_free. */
char       *sohoa_register_model_dup_csv (SohoaRegisterModel *self, GListModel *rows);

G_END_DECLS
