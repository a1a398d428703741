/* Private to the eSCL client of sohoa-scan-worker: what is said in XML (Mopria Alliance eSCL 2.97). */
#pragma once

#include "sohoa-scan-profile.h"

G_BEGIN_DECLS

#define SOHOA_ESCL_MAX_RESOLUTIONS 64u
#define SOHOA_ESCL_MAX_XML_BYTES (1024u * 1024)
#define SOHOA_ESCL_UNITS_PER_INCH 300.0

/* What one paper source can do. */
typedef struct {
  gboolean present;
  guint    min_width, max_width, min_height, max_height; /* 1/300 inch */
  gboolean color, gray, lineart;
  guint    resolutions[SOHOA_ESCL_MAX_RESOLUTIONS]; /* ascending */
  guint    n_resolutions;
  guint    min_dpi, max_dpi, step_dpi;  /* a range instead of a list; max 0 = none */
  gboolean jpeg;
} SohoaEsclSource;

typedef struct {
  char *version;  /* (owned) */
  char *model;    /* (owned) */
  SohoaEsclSource platen, adf, adf_duplex;
  int   brightness_min, brightness_max, brightness_normal; /* all 0 = no such setting */
} SohoaEsclCaps;

void sohoa_escl_caps_clear (SohoaEsclCaps *self);
/* SOHOA_SCAN_ERROR_NO_DEVICE: not an answer of an eSCL device. */
gboolean sohoa_escl_caps_parse (const char *xml, gsize length, SohoaEsclCaps *out, GError **error);

/* What ScannerStatus says; (nullable) texts are yours. */
typedef struct {
  char *state;      /* "Idle", "Processing" … */
  char *adf_state;  /* "ScannerAdfLoaded" … */
} SohoaEsclStatus;
void sohoa_escl_status_clear (SohoaEsclStatus *self);
gboolean sohoa_escl_status_parse (const char *xml, gsize length, SohoaEsclStatus *out);

/* What is asked for; the names are eSCL's. */
typedef struct {
  gboolean    feeder, duplex;
  const char *mode;     /* "RGB24", "Grayscale8" */
  guint       dpi;
  guint       width, height; /* 1/300 inch */
  const char *version;
  gboolean    has_brightness;
  int         brightness;
  GHashTable *extra;    /* (nullable) element → value of scan: */
} SohoaEsclTicket;
char *sohoa_escl_ticket_write (const SohoaEsclTicket *ticket);

G_END_DECLS
