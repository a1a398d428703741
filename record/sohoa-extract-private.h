/* Between the files of the extraction only.
 *
 * SohoaView   one page as tokens (words) in millimetres of an A4-wide, deskewed page
 * SohoaRow    words on one base line and in one column; borrowed tokens
 * SohoaHead   where the header of the main part lies and what was found in it
 * SohoaSheet  the whole document while it is being read; owns the views */
#pragma once

#include "sohoa-extract.h"

G_BEGIN_DECLS

#define SOHOA_PAGE_WIDTH_MM 210.0 /* tokens are scaled to this width: zones are fractions of the type area */

typedef struct {
  char    *text, *fold;  /* (owned) */
  double   x, y, w, h;   /* mm, deskewed */
  double   confidence;
  guint    line;         /* index in the layer */
  SohoaBox box;          /* px of the layer */
  SohoaPlane plane;
} SohoaToken;

typedef struct {
  GPtrArray *tokens;     /* (owned array, unowned SohoaToken), left to right */
  double     x, y, w, h; /* mm; y = middle of the small letters' band, h = median height of its words */
  char      *text, *fold; /* (owned) */
} SohoaRow;

typedef struct {
  const SohoaTextLayer *layer; /* (unowned) */
  guint      page;             /* 1…n */
  double     width, height;    /* mm */
  GPtrArray *tokens;           /* (owned) (element-type SohoaToken) */
  GPtrArray *rows;             /* (owned) (element-type SohoaRow): split at wide gaps, by y then x */
} SohoaView;

typedef struct {
  guint     view;      /* index of the page it stands on */
  gboolean  found;     /* Quốc hiệu or the Party's title was read */
  const SohoaFamily *family; /* (unowned) whose layout it is; never NULL after reading the head */
  gboolean  centred;   /* the title stands in the middle: a letter of a person */
  double    top, bottom, split; /* mm: line of Quốc hiệu; first row that is the
                          body's; left edge of the right column */
  double    title_x;   /* mm: left edge of Quốc hiệu, 0 = not read */
  GPtrArray *left, *right; /* (owned) (nullable) (element-type SohoaRow) columns of the header */
  SohoaRow *number_row, *date_row, *type_row; /* (unowned) (nullable) in left, right, type_rows */
  guint     date_view; /* index of the page date_row stands on: the last one of a letter of a person */
  GPtrArray *below;    /* (owned) (nullable) (element-type SohoaRow) rows under the header, whole width */
  double    digit_h;   /* mm: height of a printed digit of the header, 0 = unknown */
} SohoaHead;

typedef struct {
  GPtrArray *views;    /* (owned) (element-type SohoaView, nullable elements) */
  SohoaRecord *record; /* (unowned) */
  const SohoaExtractOptions *options; /* (unowned) */
  SohoaHead head;
  guint main_first, main_last; /* indexes of views of the main part */
  const SohoaDocumentType *printed; /* (unowned) (nullable) the type that the type line names */
  char *type_abbreviation;     /* (owned) (nullable) first group of the symbol when it is a type */
  gboolean vv;                 /* a "V/v" stands under the number */
  gboolean stamped;            /* the first page bears an arrival stamp */
  double   stamp[4];           /* mm: its left, top, right, bottom edge */
} SohoaSheet;

/* ---- sohoa-layout.c ---- */
SohoaView *sohoa_view_new (const SohoaTextLayer *layer, guint page);
void       sohoa_view_free (SohoaView *self);
void       sohoa_row_free (SohoaRow *self);
SohoaRow  *sohoa_row_new (GPtrArray *tokens); /* takes the array */
/* Rows of the tokens whose middle lies in the box; split where a gap passes @gap heights (0 = never). */
GPtrArray *sohoa_view_rows (const SohoaView *self, double x0, double x1, double y0, double y1, double gap);
/* Text without debris at both ends; g_free. */
char      *sohoa_row_clean (const SohoaRow *row);
double     sohoa_row_confidence (const SohoaRow *row); /* mean over its letters */
double     sohoa_row_min_confidence (const SohoaRow *row);
gboolean   sohoa_text_is_upper (const char *text);     /* at least 3 of 4 letters are capitals */
/* Distance of the folded texts without spaces, as share of the longer one: 0 = same. */
double     sohoa_fold_difference (const char *a, const char *b);
/* First row of @rows whose fold contains @pattern (a GRegex text); NULL when none. Borrowed. */
SohoaRow  *sohoa_rows_match (GPtrArray *rows, const char *pattern);
gboolean   sohoa_fold_matches (const char *fold, const char *pattern);

/* ---- sohoa-words.c: what bodies, places, titles and names are called ---- */
/* Puts marks right in words of bodies, places and titles; g_free. */
char      *sohoa_words_repair (const SohoaLists *lists, const char *text);
gboolean   sohoa_words_is_body_start (const SohoaLists *lists, const char *text);
/* The whole line is one that the next line completes ("VĂN PHÒNG"). */
gboolean   sohoa_words_is_body_open (const SohoaLists *lists, const char *text);
/* A name of several words runs over the end of @before into @after: "MÔI" "TRƯỜNG ĐÔ THỊ". */
gboolean   sohoa_words_span (const SohoaLists *lists, const char *before, const char *after);
char      *sohoa_words_repair_surname (const SohoaLists *lists, const char *word); /* g_free */
gboolean   sohoa_words_is_surname (const SohoaLists *lists, const char *word);
gboolean   sohoa_words_is_title (const SohoaLists *lists, const char *text);
/* Every word could be a Vietnamese syllable; a misread one mostly is none. */
gboolean   sohoa_words_are_syllables (const char *text);
/* Share of the words that are known in words of bodies and places. */
double     sohoa_words_known (const SohoaLists *lists, const char *text);

/* ---- sohoa-name.c ---- */
typedef struct {
  char    *text;    /* (owned) (nullable) */
  gboolean surname; /* its first word is one */
  gboolean changed; /* letters were put right, debris left out: a proposal only */
  gboolean known;   /* each word is a usual one of names */
  gboolean doubtful; /* a word is none, but one with other marks is */
} SohoaName;

/* Reads a line under a title as a person's name; FALSE when it is none. name->text is the caller's. */
gboolean   sohoa_name_read (const SohoaLists *lists, const char *text, SohoaName *name);

/* ---- sohoa-extract-stamp.c ---- */
void     sohoa_sheet_find_stamp (SohoaSheet *self); /* where the arrival stamp lies */
/* The word lies in the arrival stamp. */
gboolean sohoa_sheet_in_stamp (const SohoaSheet *self, const SohoaToken *token);
gboolean sohoa_sheet_is_stamp_word (const SohoaToken *token); /* one that is printed on such stamps, or a number */

/* Where the mark of a copying agency (its body, number, SAO Y, signature) begins; G_MAXDOUBLE when there is none. */
double   sohoa_view_copy_top (const SohoaView *view);

/* ---- what each file reads ---- */
void sohoa_sheet_read_head (SohoaSheet *self);    /* sohoa-extract-head.c: columns, body, place */
void sohoa_sheet_read_place (SohoaSheet *self);   /* the same: what stands before "ngày" in head.date_row */
void sohoa_sheet_find_type (SohoaSheet *self);    /* sohoa-extract-subject.c: only the type line */
void sohoa_sheet_read_number (SohoaSheet *self);  /* sohoa-extract-number.c: number, symbol, date */
void sohoa_sheet_read_subject (SohoaSheet *self); /* sohoa-extract-subject.c: type, subject, urgency */
void sohoa_sheet_read_signer (SohoaSheet *self);  /* sohoa-extract-signer.c: parts, signer, recipients */
void sohoa_sheet_read_stamps (SohoaSheet *self);  /* sohoa-extract-stamp.c: ĐẾN, SAO Y, circulation */
void sohoa_sheet_read_text (SohoaSheet *self);    /* sohoa-extract-text.c: what the body says */
void sohoa_sheet_find_gaps (SohoaSheet *self);    /* sohoa-extract-gap.c: what should be there and is not */

/* "QÐ" (U+00D0) → "QĐ", dashes to "-", no spaces, no debris at the ends; g_free. sohoa-extract-number.c */
char *sohoa_symbol_tidy (const char *text);

/* ---- sohoa-extract.c ---- */
/* Sets one field with its evidence unless a person or another source already did; NULL then. @tokens
 * (nullable, element-type SohoaToken) give page, box and raw text. */
SohoaField *sohoa_sheet_set (SohoaSheet *self, const char *key, const char *value, double confidence,
                             const SohoaView *view, GPtrArray *tokens, const char *rule);

G_END_DECLS
