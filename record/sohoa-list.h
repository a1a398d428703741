/* Code lists: which kinds of document there are and how they are abbreviated in a symbol; how bodies,
 * places, titles and people are called. Data, not code (domain.md 3.5 caution, 4.1):
 * data/lists/document-types.conf, words.conf, families.conf and codes.conf. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
  char  *name;         /* (owned) as in the law: "Quyết định" */
  char  *abbreviation; /* (owned) in the symbol, NĐ30 Annex III: "QĐ"; "" for công văn */
  char  *folded;       /* (owned) sohoa_text_fold (name) */
  char  *file_code;    /* (owned) in file names, 7197: "QD" */
  char  *archive_code; /* (owned) TT05 code "02"; "" when the list has none */
  int    edxml_type;   /* DocumentType/Type of QCVN102 SĐ1:2022 (4.2); 0 = the list has none */
  gboolean administrative; /* one of the 29 of NĐ30 Art. 7 */
} SohoaDocumentType;

/* One name with its words taken apart once. */
typedef struct {
  char  *name;   /* (owned) as the list writes it */
  char  *text;   /* (owned) lower case */
  char  *fold;   /* (owned) */
  char **words;  /* (owned) lower case */
  char **folds;  /* (owned) of the words */
  guint  n;      /* words */
  gboolean place; /* a name that differs in one letter may be another place */
} SohoaPhrase;

typedef enum { SOHOA_NUMBERS_SLASH, SOHOA_NUMBERS_DASH, SOHOA_NUMBERS_NONE } SohoaNumbers;

/* How one family of bodies lays out its paper. */
typedef struct {
  char        *name;      /* (owned) "party" */
  SohoaNumbers numbers;
  double       offset_mm; /* from the title's left edge back to the right column's */
  GPtrArray   *titles, *bodies; /* (owned) (element-type SohoaPhrase) */
  GPtrArray   *types, *type_starts; /* (owned) (element-type utf8) name of the type; (element-type SohoaPhrase) */
} SohoaFamily;

/* One row of a code list: "1" "Khẩn". */
typedef struct {
  char *code, *name; /* (owned) */
} SohoaCode;

typedef struct {
  char      *version; /* (owned) "NĐ30/2020 Annex III, 2020-03-05" */
  GPtrArray *types;   /* (owned) (element-type SohoaDocumentType) */
  /* (owned) (element-type SohoaPhrase); phrases: longest first, places among them; safe_words:
   * single words of phrases that no name is mistaken for; symbols: groups of a symbol that name bodies */
  GPtrArray *body_starts, *body_open, *phrases, *safe_words, *titles, *surnames, *middle_names, *symbols;
  GPtrArray *given_names; /* (owned) (element-type SohoaPhrase) words of middle and given names, the usual ones first */
  GPtrArray *families; /* (owned) (element-type SohoaFamily), in the file's order */
  GHashTable *codes;   /* (owned) name of the list → (owned) GPtrArray of SohoaCode, codes.conf */
} SohoaLists;

/* Reads lists/ below sohoa_path_data() (@folder: another folder); once, before a worker locks itself
 * down. Errors: SOHOA_ERROR_CONFIG "document-types.conf: [section] key: reason". */
SohoaLists *sohoa_lists_load (GError **error);
SohoaLists *sohoa_lists_load_folder (const char *folder, GError **error);
void        sohoa_lists_free (SohoaLists *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SohoaLists, sohoa_lists_free)

/* Borrowed, NULL when there is none. Names are compared folded, abbreviations with Đ = Ð = D and
 * without case ("QÐ" finds Quyết định). */
const SohoaDocumentType *sohoa_lists_peek_by_name (const SohoaLists *self, const char *name);
const SohoaDocumentType *sohoa_lists_peek_by_abbreviation (const SohoaLists *self, const char *abbreviation);

/* (element-type SohoaCode) of "urgency", "secrecy", "language" …; borrowed, NULL when there is no such list. */
GPtrArray  *sohoa_lists_peek_codes (const SohoaLists *self, const char *list);
/* The name beside a code and back, folded; borrowed, NULL when it is not in the list. */
const char *sohoa_lists_peek_code_name (const SohoaLists *self, const char *list, const char *code);
const char *sohoa_lists_peek_code (const SohoaLists *self, const char *list, const char *name);

/* A phrase taken apart, for the other loaders of data files. */
SohoaPhrase *sohoa_phrase_new (const char *name);
void         sohoa_phrase_free (SohoaPhrase *self);

G_END_DECLS
