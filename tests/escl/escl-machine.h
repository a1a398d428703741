/* The simulated scanner behind the eSCL simulator: a stack of sheets, a feeder that can jam, jobs.
 * It knows no HTTP. One thread.
 *
 * A stack is a list of picture files, @sides of them per sheet (2: front, back, front, back …). It keeps its
 * position over jobs, as real paper does: what was fed is gone, a jammed sheet waits to be put back.
 *
 * Faults, each happens once; N counts sheets or images from 1 since the last load of the stack:
 *   jam N [back] · cover N · double-feed N       at sheet N (back: its front was already delivered)
 *   busy N COUNT                                 COUNT times 503 before image N
 *   cut N · shorter N · longer N · stall N       connection cut in the middle · Content-Length 1000 bytes too
 *                                                small, too large · half of the bytes, then silence
 *   hang N · type N · garbage N · vanish N       no answer ever · an HTML page · half a JPEG · the program ends
 *   refuse COUNT                                 COUNT times 503 when a job is asked for
 *   denied COUNT                                 COUNT times 403 when a job is asked for */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  ESCL_FAULT_NONE,
  ESCL_FAULT_JAM,
  ESCL_FAULT_COVER,
  ESCL_FAULT_DOUBLE_FEED,
  ESCL_FAULT_BUSY,
  ESCL_FAULT_CUT,
  ESCL_FAULT_SHORTER,
  ESCL_FAULT_LONGER,
  ESCL_FAULT_STALL,
  ESCL_FAULT_HANG,
  ESCL_FAULT_TYPE,
  ESCL_FAULT_GARBAGE,
  ESCL_FAULT_VANISH,
  ESCL_FAULT_REFUSE,
  ESCL_FAULT_DENIED,
} EsclFaultKind;

typedef struct {
  EsclFaultKind kind;
  guint         at;    /* sheet or image, from 1 */
  guint         left;  /* how often it still happens */
  gboolean      back;
} EsclFault;

typedef struct {
  guint    id;
  gboolean feeder, duplex;
  gboolean cancelled, finished;
  guint    delivered;    /* images */
  guint    sheet;        /* under way, from 1; 0 = none */
  gint64   ready_us;     /* when the picture last promised leaves the glass */
} EsclJob;

typedef struct {
  GPtrArray *files;        /* (owned) (element-type utf8) of the stack */
  GPtrArray *platen;       /* (owned) (element-type utf8) what is laid on the glass, one job after another */
  guint      sides;        /* files per sheet: 1 or 2 */
  gboolean   turned_backs; /* backs come upside down, and nobody says so */
  guint      interval_ms;  /* between two images of a job */
  char      *record_dir;   /* (owned) (nullable) every image is also written there as it was sent */

  guint      next_sheet;   /* from 0 */
  guint      n_images;     /* sent since the last load */
  guint      n_platen;
  guint      n_recorded;
  const char *adf_error;   /* (unowned) (nullable) eSCL AdfState while it lasts */
  GArray    *faults;       /* (owned) (element-type EsclFault) */
  GPtrArray *jobs;         /* (owned) (element-type EsclJob) */
} EsclMachine;

typedef enum { ESCL_NEXT_IMAGE, ESCL_NEXT_END, ESCL_NEXT_BUSY, ESCL_NEXT_NO_JOB } EsclNext;

typedef struct {
  GBytes       *bytes;    /* (owned) */
  EsclFaultKind fault;    /* what happens to it on its way */
  gint64        wait_us;  /* before it is sent */
} EsclImage;
void escl_image_clear (EsclImage *image);

EsclMachine *escl_machine_new (void);
void         escl_machine_free (EsclMachine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsclMachine, escl_machine_free)

/* One line as above. G_IO_ERROR_INVALID_ARGUMENT names what is wrong. */
gboolean escl_machine_add_fault (EsclMachine *self, const char *line, GError **error);

/* HTTP status of the answer to a job ticket; 201 gives the job (borrowed). */
guint    escl_machine_start (EsclMachine *self, gboolean feeder, gboolean duplex, EsclJob **job_out);
EsclNext escl_machine_next (EsclMachine *self, guint job_id, EsclImage *image_out);
void     escl_machine_cancel (EsclMachine *self, guint job_id);
/* Counts and keeps an image that left whole. */
void     escl_machine_sent (EsclMachine *self, const EsclImage *image);

/* What a person does: takes the jammed sheet out, closes the cover and puts the sheet back on top. */
void     escl_machine_clear (EsclMachine *self);
/* Puts a new stack in; NULL = the same files again. */
void     escl_machine_load (EsclMachine *self, const char *const *files);
guint    escl_machine_count_sheets (const EsclMachine *self); /* still in the feeder */

/* escl-answers.c: the two XML answers, and what a job ticket asks for. g_free. */
typedef struct {
  guint width, height;          /* largest area, in 1/300 inch */
  const char *resolutions;      /* (unowned) comma list, dpi */
  const char *modes;            /* (unowned) comma list of eSCL colour modes */
  const char *name;             /* (unowned) */
  gboolean has_platen, has_adf, has_duplex;
} EsclModel;
char    *escl_answer_capabilities (const EsclModel *model);
char    *escl_answer_status (const EsclMachine *machine);
gboolean escl_ticket_parse (const char *xml, gsize length, gboolean *feeder_out, gboolean *duplex_out);

G_END_DECLS
