/* File and ticket left for a receiver: a folder, a WebDAV collection of a real Apache, a folder behind a real OpenSSH.
 * The server's folder lies on this machine, so the test sees what the receiver would. */
#include "peer.h"

#include "sohoa-errors.h"
#include "sohoa-file.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define START_TRIES 100 /* of 50 ms */
#define SHORT_FOLDER 60u  /* documents; SOHOA_CAMPAIGN=yes in the environment: the long rounds */
#define SHORT_SERVER 4u
#define LONG_FOLDER 1000u
#define LONG_SERVER 30u

typedef struct {
  const char  *connector;
  char        *dir;     /* (owned) scratch */
  char        *box;     /* (owned) what the receiver watches */
  char        *conf;    /* (owned) the target's section */
  GSubprocess *server;  /* (owned) (nullable) */
} Place;

static int
free_port (void)
{
  g_autoptr(GSocketListener) listener = g_socket_listener_new ();
  int port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  return port;
}

static void
write_text (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr(GError) error = NULL;

  g_assert_true (sohoa_file_write (path, text, strlen (text), 0600, &error));
  g_assert_no_error (error);
}

static gboolean
run (const char *const *argv)
{
  g_autoptr(GSubprocess) p = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL);

  return p != NULL && g_subprocess_wait_check (p, NULL, NULL);
}

static void
dies_with_us (gpointer data)
{
  (void) prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_server (Place *self, const char *const *argv, int port)
{
  g_autoptr(GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr(GSocketClient) client = g_socket_client_new ();
  g_autoptr(GError) error = NULL;

  g_subprocess_launcher_set_child_setup (launcher, dies_with_us, NULL, NULL);
  self->server = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < START_TRIES; i++) {
    g_autoptr(GSocketConnection) c = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) port, NULL, NULL);

    if (c != NULL)
      return;
    g_usleep (50 * 1000);
  }
  g_error ("%s does not serve", argv[0]);
}

/* ---- the places ---- */

static void
open_folder (Place *self)
{
  self->conf = g_strdup_printf ("connector=folder\npath=%s\n", self->box);
}

static void
open_webdav (Place *self)
{
  int port = free_port ();
  g_autofree char *conf = g_build_filename (self->dir, "apache.conf", NULL);
  g_autofree char *text = g_strdup_printf (
    "ServerRoot %s\nServerName 127.0.0.1\nListen 127.0.0.1:%d\nPidFile %s/apache.pid\nErrorLog %s/apache.log\n"
    "User %s\nGroup %s\nMutex file:%s/dav default\n"
    "LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so\n"
    "LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so\n"
    "LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so\n"
    "LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so\n"
    "LoadModule authn_file_module /usr/lib/apache2/modules/mod_authn_file.so\n"
    "LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so\n"
    "LoadModule dav_module /usr/lib/apache2/modules/mod_dav.so\n"
    "LoadModule dav_fs_module /usr/lib/apache2/modules/mod_dav_fs.so\n"
    "DavLockDB %s/dav/lock\nDocumentRoot %s\n"
    "<Directory %s>\nDav On\nAuthType Basic\nAuthName sohoa\nAuthUserFile %s/users\nRequire valid-user\n</Directory>\n",
    self->dir, port, self->dir, self->dir, "www-data", "www-data", self->dir, self->dir, self->box, self->box, self->dir);
  const char *const make_user[] = { "htpasswd", "-bc", NULL, "SOHOA.TEST", "mat-khau-thu", NULL };
  g_autofree char *locks = g_build_filename (self->dir, "dav", NULL);
  const char *const own[] = { "chown", "www-data:www-data", self->box, locks, NULL };
  const char *const serve[] = { "apache2", "-f", conf, "-DFOREGROUND", NULL };
  g_autofree char *users = g_build_filename (self->dir, "users", NULL);
  const char *argv[G_N_ELEMENTS (make_user)];

  memcpy (argv, make_user, sizeof make_user);
  argv[2] = users;
  write_text (self->dir, "apache.conf", text);
  write_text (self->dir, "secret", "mat-khau-thu\n");
  g_assert_cmpint (g_mkdir (locks, 0755), ==, 0);
  g_assert_true (run (argv));
  g_assert_cmpint (chmod (users, 0644), ==, 0);
  g_assert_true (run (own));
  start_server (self, serve, port);
  self->conf = g_strdup_printf ("connector=webdav\nurl=http://127.0.0.1:%d\nsystem-id=SOHOA.TEST\nsecret-file=%s/secret\n"
                                "timeout-ms=8000\n", port, self->dir);
}

static void
make_key (const char *path)
{
  const char *const argv[] = { "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path, NULL };

  g_assert_true (run (argv));
}

static void
open_sftp (Place *self)
{
  int port = free_port ();
  g_autofree char *host_key = g_build_filename (self->dir, "host", NULL);
  g_autofree char *user_key = g_build_filename (self->dir, "user", NULL);
  g_autofree char *conf = g_build_filename (self->dir, "sshd.conf", NULL);
  g_autofree char *public_path = g_strconcat (host_key, ".pub", NULL);
  g_autofree char *public = NULL;
  g_autofree char *known = NULL;
  g_autofree char *text = g_strdup_printf (
    "ListenAddress 127.0.0.1\nPort %d\nHostKey %s\nAuthorizedKeysFile %s/user.pub\nPidFile %s/sshd.pid\nUsePAM no\n"
    "StrictModes no\nPasswordAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\nMaxStartups 50\n",
    port, host_key, self->dir, self->dir);
  const char *const serve[] = { "/usr/sbin/sshd", "-D", "-f", conf, NULL };

  make_key (host_key);
  make_key (user_key);
  (void) g_mkdir_with_parents ("/run/sshd", 0755);
  write_text (self->dir, "sshd.conf", text);
  g_assert_true (g_file_get_contents (public_path, &public, NULL, NULL));
  known = g_strdup_printf ("[127.0.0.1]:%d %s", port, public);
  write_text (self->dir, "known", known);
  start_server (self, serve, port);
  self->conf = g_strdup_printf ("connector=sftp\nurl=sftp://%s@127.0.0.1:%d%s\nclient-key-file=%s\nknown-hosts-file=%s/known\n"
                                "timeout-ms=15000\n", g_get_user_name (), port, self->box, user_key, self->dir);
}

static Place *
place_new (const char *connector)
{
  Place *self = g_new0 (Place, 1);
  g_autoptr(GError) error = NULL;

  self->connector = connector;
  self->dir = g_dir_make_tmp ("sohoa-box-XXXXXX", &error);
  g_assert_no_error (error);
  self->box = g_build_filename (self->dir, "in", NULL);
  g_assert_cmpint (g_mkdir (self->box, 0755), ==, 0);
  g_assert_cmpint (chmod (self->dir, 0755), ==, 0); /* a server under its own user comes through */
  if (g_str_equal (connector, "folder"))
    open_folder (self);
  else if (g_str_equal (connector, "webdav"))
    open_webdav (self);
  else
    open_sftp (self);
  return self;
}

static void
stop_server (Place *self)
{
  if (self->server == NULL)
    return;
  g_subprocess_send_signal (self->server, SIGTERM);
  (void) g_subprocess_wait (self->server, NULL, NULL);
  g_clear_object (&self->server);
}

static void
place_free (Place *self)
{
  stop_server (self);
  g_assert_true (sohoa_folder_remove (self->dir, NULL));
  g_free (self->dir);
  g_free (self->box);
  g_free (self->conf);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Place, place_free)

static SohoaConnector *
connect_to (Place *self, const char *extra)
{
  g_autofree char *text = g_strdup_printf ("[target box]\n%s%s", self->conf, extra);
  g_autofree char *path = g_build_filename (self->dir, "target.conf", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(SohoaConf) conf = NULL;
  SohoaTarget *target;
  SohoaConnector *connector;

  write_text (self->dir, "target.conf", text);
  conf = sohoa_conf_load (path, FALSE, &error);
  g_assert_no_error (error);
  target = sohoa_target_take (conf, "target box", &error);
  g_assert_no_error (error);
  g_assert_true (sohoa_conf_finish (conf, &error));
  connector = sohoa_connector_new (target, &error);
  g_assert_no_error (error);
  return connector;
}

/* ---- what the receiver sees ---- */

static guint
count_files (const char *folder, const char *suffix)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    n += g_str_has_suffix (name, suffix);
  return n;
}

static char *
find_file (const char *folder, const char *suffix)
{
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, suffix))
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static char *
control_path (Place *self, const Paper *paper, const char *suffix)
{
  g_autofree char *name = g_strconcat (paper->key, suffix, NULL);

  return g_build_filename (self->box, ".sohoa", name, NULL);
}

static SohoaReceipt *
submit (SohoaConnector *connector, const Paper *paper)
{
  g_autoptr(GError) error = NULL;
  SohoaReceipt *receipt = sohoa_connector_submit (connector, &paper->what, NULL, &error);

  g_assert_no_error (error);
  return receipt;
}

static void
test_once (gconstpointer data)
{
  g_autoptr(Place) place = place_new (data);
  g_autoptr(SohoaConnector) connector = connect_to (place, "");
  g_autoptr(Paper) paper = paper_new ("152", "V/v gửi vào thư mục");
  g_autoptr(SohoaReceipt) before = NULL;
  g_autoptr(SohoaReceipt) first = NULL;
  g_autoptr(SohoaReceipt) asked = NULL;
  g_autoptr(SohoaReceipt) again = NULL;
  g_autoptr(GPtrArray) statuses = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *pdf = NULL;
  g_autofree char *ticket = NULL;
  g_autofree char *text = NULL;
  g_autofree char *sha256 = NULL;
  g_autoptr(GBytes) bytes = NULL;

  before = sohoa_connector_query (connector, &paper->what, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (before->outcome, ==, SOHOA_OUTCOME_ABSENT);
  first = submit (connector, paper);
  g_assert_cmpint (first->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpstr (first->status, ==, "01");
  pdf = find_file (place->box, ".pdf");
  ticket = find_file (place->box, ".json");
  bytes = sohoa_file_read (pdf, 1 << 20, &error);
  g_assert_no_error (error);
  sha256 = sohoa_bytes_sha256 (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  g_assert_cmpstr (sha256, ==, paper->sha256);
  g_assert_true (g_file_get_contents (ticket, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, paper->sha256));
  g_assert_nonnull (strstr (text, "V/v gửi vào thư mục"));
  /* the receiver takes both: asked or sent again, nothing comes back */
  g_assert_cmpint (g_unlink (pdf), ==, 0);
  g_assert_cmpint (g_unlink (ticket), ==, 0);
  asked = sohoa_connector_query (connector, &paper->what, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (asked->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  again = submit (connector, paper);
  g_assert_cmpint (again->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
  g_assert_cmpuint (count_files (place->box, ".json") + count_files (place->box, ".pdf"), ==, 0);
  statuses = sohoa_connector_statuses (connector, &paper->what, first->document_id, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (statuses->len, ==, 1);
  g_assert_cmpstr (((SohoaStatus *) statuses->pdata[0])->code, ==, "03");
}

/* What a crash can leave: each is completed once. */
static void
test_interrupted (gconstpointer data)
{
  static const char *const left[][3] = { { ".ticket", NULL }, { ".pdf", NULL }, { ".pdf", ".ticket", NULL }, { ".ticket", ".mark", NULL } };
  g_autoptr(Place) place = place_new (data);
  g_autoptr(SohoaConnector) connector = connect_to (place, "");
  g_autoptr(Paper) model = paper_new ("1", "V/v mẫu");
  g_autoptr(SohoaReceipt) receipt = submit (connector, model); /* makes the control folder */

  for (guint i = 0; i < G_N_ELEMENTS (left); i++) {
    g_autofree char *subject = g_strdup_printf ("V/v bị ngắt lần %u", i);
    g_autoptr(Paper) paper = paper_new ("2", subject);
    g_autoptr(SohoaReceipt) asked = NULL;
    g_autoptr(SohoaReceipt) sent = NULL;
    g_autoptr(GError) error = NULL;

    for (guint k = 0; left[i][k] != NULL; k++) {
      g_autofree char *path = control_path (place, paper, left[i][k]);

      /* a ticket that has its mark was written whole; anything else may be torn */
      g_assert_true (g_file_set_contents (path, left[i][1] != NULL && k == 0 ? "{\"whole\": true}" : "to", -1, NULL));
      g_assert_cmpint (chmod (path, 0666), ==, 0);
    }
    asked = sohoa_connector_query (connector, &paper->what, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (asked->outcome, ==, SOHOA_OUTCOME_ABSENT);
    sent = submit (connector, paper);
    g_assert_cmpint (sent->outcome, ==, SOHOA_OUTCOME_ACCEPTED);
    g_assert_cmpuint (count_files (place->box, ".json"), ==, i + 2);
    g_assert_cmpuint (count_files (place->box, ".pdf"), ==, i + 2);
  }
}

/* ---- killed at any moment, while the receiver takes ---- */

typedef struct {
  const char *box;
  char       *taken; /* (owned) */
  gint        stop;
} Taker;

static gpointer
take (gpointer data)
{
  Taker *self = data;

  while (!g_atomic_int_get (&self->stop)) {
    g_autoptr(GDir) dir = g_dir_open (self->box, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
      static guint n;
      g_autofree char *from = g_build_filename (self->box, name, NULL);
      g_autofree char *to = g_strdup_printf ("%s/%u-%s", self->taken, n++, name); /* a second one would show */

      if (g_str_has_suffix (name, ".json"))
        g_assert_cmpint (g_rename (from, to), ==, 0);
    }
    g_usleep (500);
  }
  return NULL;
}

/* This program again, as the one who submits: "--submit FOLDER SUBJECT". */
static int
submit_as_child (const char *dir, const char *subject)
{
  g_autofree char *path = g_build_filename (dir, "target.conf", NULL);
  g_autoptr(SohoaConf) conf = sohoa_conf_load (path, FALSE, NULL);
  SohoaTarget *target = conf != NULL ? sohoa_target_take (conf, "target box", NULL) : NULL;
  g_autoptr(SohoaConnector) connector = target != NULL ? sohoa_connector_new (target, NULL) : NULL;
  g_autoptr(Paper) paper = paper_new ("7", subject);
  g_autoptr(SohoaReceipt) receipt = NULL;

  g_free (paper->record->id);
  paper->record->id = g_strdup ("van-ban"); /* the desk's id of a document stays the same */
  receipt = connector != NULL ? sohoa_connector_submit (connector, &paper->what, NULL, NULL) : NULL;

  return receipt != NULL && receipt->outcome == SOHOA_OUTCOME_ACCEPTED ? 0 : 1;
}

/* One try in a process of its own that may be killed; TRUE when it ended well. */
static gboolean
try_in_child (Place *place, const char *subject, guint kill_after_us)
{
  const char *const argv[] = { "/proc/self/exe", "--submit", place->dir, subject, NULL };
  g_autoptr(GSubprocess) child = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, NULL);

  g_assert_nonnull (child);
  if (kill_after_us > 0) {
    g_usleep (kill_after_us);
    g_subprocess_force_exit (child);
  }
  return g_subprocess_wait_check (child, NULL, NULL);
}

static void
test_killed (gconstpointer data)
{
  gboolean folder = g_str_equal (data, "folder");
  gboolean is_long = g_getenv ("SOHOA_CAMPAIGN") != NULL;
  guint n = folder ? (is_long ? LONG_FOLDER : SHORT_FOLDER) : is_long ? LONG_SERVER : SHORT_SERVER, killed = 0;
  guint longest_us = folder ? 25000 : g_str_equal (data, "webdav") ? 60000 : 1500000; /* about one submission */
  g_autoptr(Place) place = place_new (data);
  g_autoptr(SohoaConnector) connector = connect_to (place, "");
  Taker taker = { .box = place->box, .taken = g_build_filename (place->dir, "taken", NULL) };
  g_autoptr(GRand) dice = g_rand_new_with_seed (7);
  GThread *thread;

  g_assert_cmpint (g_mkdir (taker.taken, 0777), ==, 0);
  thread = g_thread_new ("taker", take, &taker);
  for (guint i = 0; i < n; i++) {
    g_autofree char *subject = g_strdup_printf ("V/v văn bản số %u", i);

    for (guint tries = 0; tries < 3 && !try_in_child (place, subject, 1 + (guint) g_rand_int_range (dice, 0, (gint32) longest_us)); tries++)
      killed++;
    g_assert_true (try_in_child (place, subject, 0));
  }
  g_usleep (50 * 1000);
  g_atomic_int_set (&taker.stop, 1);
  g_thread_join (thread);
  g_test_message ("%u documents, %u tries killed", n, killed);
  g_assert_cmpuint (count_files (taker.taken, ".json"), ==, n);
  g_assert_cmpuint (count_files (place->box, ".json"), ==, 0);
  g_assert_cmpuint (count_files (place->box, ".pdf"), ==, n);
  g_free (taker.taken);
}

/* ---- what goes wrong ---- */

static void
expect (SohoaConnector *connector, GQuark domain, int code)
{
  g_autoptr(Paper) paper = paper_new ("3", "V/v không gửi được");
  g_autoptr(GError) error = NULL;

  g_assert_null (sohoa_connector_submit (connector, &paper->what, NULL, &error));
  g_assert_error (error, domain, code);
  g_clear_error (&error);
  g_assert_null (sohoa_connector_query (connector, &paper->what, NULL, &error)); /* never "absent" */
  g_assert_nonnull (error);
}

static void
test_unreachable (gconstpointer data)
{
  g_autoptr(Place) place = place_new (data);
  g_autoptr(SohoaConnector) connector = connect_to (place, "");

  if (place->server != NULL)
    stop_server (place);
  else
    g_assert_cmpint (g_rmdir (place->box), ==, 0);
  expect (connector, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_UNREACHABLE);
}

static void
test_webdav_password (void)
{
  g_autoptr(Place) place = place_new ("webdav");
  g_autoptr(SohoaConnector) connector = NULL;

  write_text (place->dir, "secret", "khac\n");
  connector = connect_to (place, "");
  expect (connector, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH);
}

static void
test_sftp_stranger (void)
{
  g_autoptr(Place) place = place_new ("sftp");
  g_autoptr(SohoaConnector) connector = connect_to (place, "");

  write_text (place->dir, "known", ""); /* another server under the same address */
  expect (connector, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_AUTH);
}

static void
test_answers (gconstpointer data)
{
  g_autoptr(Place) place = place_new (data);
  g_autoptr(SohoaConnector) connector = connect_to (place, "answers=yes\n");
  g_autoptr(Paper) paper = paper_new ("9", "V/v có trả lời");
  g_autoptr(SohoaReceipt) receipt = submit (connector, paper);
  g_autoptr(GPtrArray) none = NULL;
  g_autoptr(GPtrArray) statuses = NULL;
  g_autoptr(GError) error = NULL;
  g_autofree char *answer = g_strconcat (receipt->document_id, ".answer.json", NULL);
  g_autofree char *path = g_build_filename (place->box, answer, NULL);

  none = sohoa_connector_statuses (connector, &paper->what, receipt->document_id, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_true (g_file_set_contents (path, "{\"statuses\": [{\"code\": \"02\", \"description\": \"Thiếu phụ lục\"}]}", -1, NULL));
  g_assert_cmpint (chmod (path, 0644), ==, 0);
  statuses = sohoa_connector_statuses (connector, &paper->what, receipt->document_id, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (statuses->len, ==, 1);
  g_assert_cmpstr (((SohoaStatus *) statuses->pdata[0])->code, ==, "02");
  g_assert_cmpstr (((SohoaStatus *) statuses->pdata[0])->description, ==, "Thiếu phụ lục");
  g_assert_true (sohoa_connector_recall (connector, &paper->what, receipt->document_id, "gửi nhầm", NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (place->box, ".recall.json"), ==, 1);
  g_assert_true (g_file_set_contents (path, "<html>", -1, NULL));
  g_clear_pointer (&statuses, g_ptr_array_unref);
  statuses = sohoa_connector_statuses (connector, &paper->what, receipt->document_id, NULL, &error);
  g_assert_error (error, SOHOA_SUBMIT_ERROR, SOHOA_SUBMIT_ERROR_BAD_ANSWER);
}

static void
test_configuration (void)
{
  static const char *const bad[] = {
    "connector=folder\n", "connector=folder\npath=in\n", "connector=sftp\nurl=sftp://host\n",
    "connector=sftp\nurl=sftp://u:pass@host/in\n", "connector=sftp\nurl=sftp://host/in%22%0Arm\n", "connector=sftp\nurl=https://host/in\n",
    "connector=sftp\nurl=sftp://-oProxyCommand=x/in\n", "connector=webdav\nurl=http://qlvb.example\n", "connector=webdav\nurl=https://qlvb.example\n",
    "connector=webdav\nurl=https://qlvb.example\nauth=hmac\nsystem-id=a\nsecret-file=/x\n",
    "connector=rest\nurl=https://qlvb.example\nauth=basic\nsystem-id=a\nsecret-file=/x\n",
  };
  g_autofree char *dir = g_dir_make_tmp ("sohoa-box-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "target.conf", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *text = g_strconcat ("[target box]\n", bad[i], NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(SohoaConf) conf = NULL;

    write_text (dir, "target.conf", text);
    conf = sohoa_conf_load (path, FALSE, &error);
    g_assert_no_error (error);
    g_assert_null (sohoa_target_take (conf, "target box", &error));
    g_assert_error (error, SOHOA_ERROR, SOHOA_ERROR_CONFIG);
  }
  g_assert_true (sohoa_folder_remove (dir, NULL));
}

int
main (int argc, char **argv)
{
  static const char *const connectors[] = { "folder", "webdav", "sftp" };
  static const struct {
    const char *name;
    void (*test) (gconstpointer data);
  } tests[] = { { "once", test_once }, { "interrupted", test_interrupted }, { "killed", test_killed },
                { "unreachable", test_unreachable }, { "answers", test_answers } };

  if (argc == 4 && g_str_equal (argv[1], "--submit"))
    return submit_as_child (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
  g_thread_pool_set_max_idle_time (0); /* no thread ends by itself while the leak checker looks at them */
  for (guint i = 0; i < G_N_ELEMENTS (connectors); i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      g_autofree char *path = g_strdup_printf ("/box/%s/%s", connectors[i], tests[k].name);

      g_test_add_data_func (path, connectors[i], tests[k].test);
    }
  g_test_add_func ("/box/webdav/wrong-password", test_webdav_password);
  g_test_add_func ("/box/sftp/stranger", test_sftp_stranger);
  g_test_add_func ("/box/configuration", test_configuration);
  return g_test_run ();
}
