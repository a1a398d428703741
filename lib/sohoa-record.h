/* The document record: "sohoa.document/1" (design.md 5). What `--json` and `show --json` print, what
 * the store keeps and the bus carries. Field keys are the tags of NĐ30 Annex VI (domain.md 3.1) plus
 * Place, Competence, OrganSuperior, SourceCopy, CopyForm, ArrivalBook, ArrivalTime; of edXML ResponseFor ("245/SNV-VTLT",
 * the paper that is answered) and SphereOfPromulgation (LƯU HÀNH NỘI BỘ, XEM XONG TRẢ LẠI); of a giấy mời MeetingTime
 * ("2026-11-20T08:30") and MeetingPlace. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define SOHOA_RECORD_SCHEMA "sohoa.document/1"
#define SOHOA_RECORD_MAX_BYTES (64u * 1024 * 1024)

/* Claimed = a machine may rely on it (design.md 5: confidence is a calibrated probability). */
#define SOHOA_CONFIDENCE_CLAIMED 0.9

/* What a field said before a person changed it; the first is what the machine read. */
typedef struct {
  char  *value;      /* (owned) */
  double confidence;
  char  *source;     /* (owned) as in SohoaField */
  char  *by, *at;    /* (owned) (nullable) of a person's value: who, ISO time */
} SohoaFieldChange;

#define SOHOA_FIELD_HISTORY_MAX 50 /* the machine's reading and the newest changes are kept */

typedef struct {
  char    *key;         /* (owned) NĐ30 tag */
  char    *value;       /* (owned) NFC; ToPlaces: one place per line */
  double   confidence;  /* 0…1 */
  char    *source;      /* (owned) "ocr" | "person" | "demo" | "profile" | "qlvb" | "file" | "ticket" | "lexicon" */
  gboolean handwritten;
  guint    page;        /* 1…n of the document; 0 = not from a page */
  double   box_mm[4];   /* x, y, width, height on the upright page; all 0 = none */
  char    *raw;         /* (owned) text it was read from */
  char    *rule;        /* (owned) "zone3.number" */
  char    *by, *at;     /* (owned) (nullable) the person whose word the value is, and when (ISO time) */
  GPtrArray *history;   /* (owned) (nullable) (element-type SohoaFieldChange), oldest first */
} SohoaField;

/* An automatic judgement about a page and why it was made. */
typedef struct {
  char  *what;       /* (owned) "turn:auto", "turn:ask", "blank", "duplicate" … */
  double confidence; /* 0…1 */
  char  *reason;     /* (owned) */
} SohoaPageFinding;

/* Flags of a page: there is red ink on it (a seal's), ink of any colour (a pen's). */
#define SOHOA_PAGE_RED_INK "red-ink"
#define SOHOA_PAGE_COLOUR_INK "colour-ink"

typedef struct {
  guint    index;         /* 1…n */
  char    *source;        /* (owned) name of the input file */
  guint    source_page;   /* 1…n in it */
  char    *sha256;        /* (owned) hex of the archived stream; for an original's page of the rendered page text source: "" */
  guint    width_px, height_px; /* of the archived image */
  double   dpi;
  guint    rotation;      /* quarter turn clockwise applied on the page, degrees */
  double   skew_deg;
  gboolean blank;
  char    *ocr_status;    /* (owned) "ok" | "failed" | "timeout" | "none" */
  guint    ocr_words;
  double   ocr_confidence;
  GPtrArray *flags;       /* (owned) (element-type utf8) "low-resolution", "gray", "skewed" … */
  GPtrArray *findings;    /* (owned) (element-type SohoaPageFinding) */
} SohoaPageInfo;

typedef struct {
  char *role;             /* (owned) "main" | "annex" | "envelope" | "direction" | "enclosure" */
  guint first_page, pages;
} SohoaPart;

typedef struct {
  char      *id;          /* (owned) */
  guint      revision;
  char      *state;       /* (owned) sohoa_state_to_string() */
  char      *profile;     /* (owned) "VN-ND30-2020" */
  gboolean   original;    /* the file's bytes are kept, no PDF/A is claimed (design.md 4) */
  GPtrArray *deviations;  /* (owned) (element-type utf8) "dpi: 150 < 200 (page 2)" */
  GPtrArray *parts;       /* (owned) (element-type SohoaPart) */
  GPtrArray *pages;       /* (owned) (element-type SohoaPageInfo) */
  GPtrArray *fields;      /* (owned) (element-type SohoaField), in the paper's order */
  GPtrArray *needs_person;/* (owned) (element-type utf8) field keys */
  GPtrArray *findings;    /* (owned) (element-type utf8) "what (page n)", what the paper lacks: "no-number", "no-seal",
                             "annex-missing", "page-gap: 3, 5 (page 4)", "ticket-differs: Subject" … */
  char      *secrecy;     /* (owned) "" or the mark; a document with a mark has no record in the store */
} SohoaRecord;

SohoaRecord *sohoa_record_new (void);
void         sohoa_record_free (SohoaRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaRecord, sohoa_record_free)

SohoaPageInfo *sohoa_record_add_page (SohoaRecord *self); /* borrowed; index already set */
SohoaPart     *sohoa_record_add_part (SohoaRecord *self, const char *role, guint first_page, guint pages);
SohoaPageInfo *sohoa_record_peek_page (const SohoaRecord *self, guint i); /* i from 0 */
void           sohoa_page_info_add_flag (SohoaPageInfo *self, const char *flag); /* once */
void           sohoa_page_info_add_finding (SohoaPageInfo *self, const char *what, double confidence, const char *reason);

/* Borrowed, NULL when there is none. */
SohoaField *sohoa_record_peek_field (const SohoaRecord *self, const char *key);
/* "" when there is none; borrowed. */
const char *sohoa_record_value (const SohoaRecord *self, const char *key);
/* Finds or appends; value, source are copied. Other members of a new field are zero/"". Borrowed. */
SohoaField *sohoa_record_set_field (SohoaRecord *self, const char *key, const char *value,
                                    double confidence, const char *source);
/* A person's value: what was there before is kept in the field's history, @by and the time beside the new one. The box,
 * text and rule of the machine's reading stay. Borrowed. */
SohoaField *sohoa_record_correct_field (SohoaRecord *self, const char *key, const char *value, const char *by,
                                        gint64 at_us);
/* For the parser: one earlier value at the end of the history. */
void        sohoa_field_remember (SohoaField *field, const char *value, double confidence, const char *source,
                                  const char *by, const char *at);
/* @to gets author, time and history of @from, of the same key. */
void        sohoa_field_copy_history (SohoaField *to, const SohoaField *from);
void        sohoa_record_add_deviation (SohoaRecord *self, const char *text); /* once */
void        sohoa_record_drop_deviations (SohoaRecord *self, const char *prefix); /* those that begin with it */
void        sohoa_record_add_finding (SohoaRecord *self, const char *text);   /* once */
/* Whether a type name is a citizen's letter (đơn, thư: kiến nghị, khiếu nại, tố cáo …): those go into a book of their
 * own and not into the shared search. "Thư công" and "Thư mời" are official papers. */
gboolean    sohoa_type_is_petition (const char *type_name);
/* Whether @key is one of the field keys above. */
gboolean    sohoa_field_key_is_known (const char *key);
/* All of them, in the paper's order; NULL-terminated, static. */
const char *const *sohoa_field_keys (void);

/* JSON text exactly as design.md 5 shows, keys in that order, UTF-8, NFC. @pretty: indented. g_free. */
char        *sohoa_record_to_json (const SohoaRecord *self, gboolean pretty);
JsonNode    *sohoa_record_to_node (const SohoaRecord *self);
/* Refuses anything longer than SOHOA_RECORD_MAX_BYTES, another schema, wrong types or numbers out of
 * range: SOHOA_ERROR_INVALID_ARGUMENT. Unknown members are ignored. */
SohoaRecord *sohoa_record_from_json (const char *json, gssize length, GError **error);

G_END_DECLS
