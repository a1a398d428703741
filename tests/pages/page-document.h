/* An invented administrative document: what it says, before it is drawn. */
#pragma once

#include <glib.h>

typedef enum {
  PAGE_KIND_CLEAN,
  PAGE_KIND_OFFICE,
  PAGE_KIND_BLEED,
  PAGE_KIND_OLD,
  PAGE_KIND_SHADOW,
  PAGE_KIND_ROT,
  PAGE_KIND_FAX,
} PageKind;
#define PAGE_N_KINDS 7
const char *page_kind_to_string (PageKind kind);
gboolean    page_kind_from_string (const char *text, PageKind *out);

typedef enum {
  PAGE_FAMILY_ND30,
  PAGE_FAMILY_PARTY,
  PAGE_FAMILY_FIRM,
  PAGE_FAMILY_MASS,   /* mass organisations that write as state bodies do */
  PAGE_FAMILY_YOUTH,  /* the Youth Union: its own title at the right, numbers as the Party */
  PAGE_FAMILY_COURT,
  PAGE_FAMILY_PERSON, /* a letter of a citizen: no body, no number, no seal */
} PageFamily;
const char *page_family_to_string (PageFamily family);
gboolean    page_family_from_string (const char *text, PageFamily *out);

typedef struct {
  PageKind    kind;
  PageFamily  family;
  const char *type;     /* (nullable) abbreviation, "QĐ"; "CV" for a công văn; NULL: any */
  const char *secrecy;  /* (nullable) "MẬT" … */
  const char *urgency;  /* (nullable) "KHẨN" … */
  gboolean    stamp_den, seal, handwritten;
  guint       pages;    /* about so many; 0: any up to three */
  gboolean    wide;     /* from page-wide.c: all families and types, and what follows */
  const char *circulation; /* (nullable) "LƯU HÀNH NỘI BỘ" … */
  gboolean    direction, signed_block; /* a leader's pen in the margin; a printed digital-signature block */
  gboolean    annex, annex_lost;       /* follows the main part; is only named in it */
  gboolean    enclosure;               /* another body's paper with its own header follows */
  gboolean    copied;                  /* SAO Y by another body under the signature */
} PageWish;

typedef struct {
  char      *text;   /* (owned) */
  gboolean   bold, centred;
} PageParagraph;

typedef struct {
  PageWish   wish;
  char      *number;        /* (owned) "152" */
  char      *notation;      /* (owned) "UBND-VP" */
  int        day, month, year;
  const char *type;         /* static, capitals: "QUYẾT ĐỊNH", "CÔNG VĂN" */
  gboolean   letter;        /* công văn: V/v at the left, no title */
  char      *subject;       /* (owned) */
  char      *addressee;     /* (owned) (nullable) "Kính gửi" */
  char      *signer;        /* (owned) */
  const char *title;        /* static */
  const char *authority;    /* static; lines parted by \n; "" */
  const char *agency, *superior, *place; /* static */
  const char *seal_bottom;  /* static */
  GPtrArray *recipients;    /* (owned) (element-type utf8) without the "Lưu" line */
  const char *file_mark;    /* static: unit behind "Lưu: VT, " */
  GPtrArray *paragraphs;    /* (owned) (element-type PageParagraph) */
  const char *arrival_agency; /* static (nullable) */
  char      *arrival_number, *arrival_date; /* (owned) (nullable) */
  const char *degree;       /* static, before the signer's name: "TS. ", "" */
  guint      main_sheets;   /* set by the drawing: sheets before annex and enclosure */
  char      *due;           /* (owned) (nullable) ISO day of a deadline in the text */
  char      *reply_to;      /* (owned) (nullable) "245/SNV-VTLT" */
  char      *meeting_day, *meeting_time, *meeting_place; /* (owned) (nullable) */
} PageDocument;

/* Everything follows from @rand: same seed, same document. */
PageDocument *page_document_new (GRand *rand, const PageWish *wish);
void          page_document_free (PageDocument *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PageDocument, page_document_free)

/* Numbers as the Party does: "152-CV/ĐU". */
gboolean page_document_is_party (const PageDocument *self);
/* "152/UBND-VP"; a person's letter "", Party papers: "152-CV/ĐU". g_free. */
char *page_document_full_number (const PageDocument *self);
