/* Rows of the registers of incoming documents (NĐ30 Annex IV; domain.md 5.4): ten columns of the Sổ đăng ký văn bản
 * đến, seven of the Sổ theo dõi giải quyết văn bản đến. What a clerk writes by hand (Ngày chuyển, Ký nhận, the unit
 * that gets it) stays empty. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  SOHOA_REGISTER_ARRIVALS,
  SOHOA_REGISTER_FOLLOW_UP,
} SohoaRegisterKind;

#define SOHOA_REGISTER_PETITION_BOOK "Đơn, thư"

/* "arrivals" | "follow-up" */
gboolean sohoa_register_kind_from_string (const char *text, SohoaRegisterKind *kind_out);
/* Official column titles; NULL-terminated, static. */
const char *const *sohoa_register_columns (SohoaRegisterKind kind);

typedef struct {
  guint64     number;
  gboolean    is_void;
  const char *reason;      /* (unowned) why void */
  const char *fields_json; /* (unowned) values of the document: {"CodeNumber":"152",…} */
  const char *day;         /* (unowned) ISO day on which the number was given, used when there is no ArrivalDate */
  const char *progress;    /* (unowned) (nullable) Vietnamese word of the state, for the follow-up */
} SohoaRegisterEntry;

/* One text per column. g_strfreev. */
char **sohoa_register_cells (SohoaRegisterKind kind, const SohoaRegisterEntry *entry);
/* The row that says that numbers @first to @last are not in this register: no gap is silent. g_strfreev. */
char **sohoa_register_gap_cells (SohoaRegisterKind kind, guint64 first, guint64 last);

G_END_DECLS
