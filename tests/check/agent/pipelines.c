/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whole calls with the shipped personas, as `gst-voice run --simulate` plays
 * them: what was understood, done and said, from the journal that it prints.
 */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#define RECORDINGS "/usr/share/pocketsphinx/test/data/"
#define CLINIC "pipelines/clinic.json", "--caller", \
    "tests/data/callers/clinic.caller"
#define MAX_ARGS 24

typedef struct
{
  GSubprocess *process;
  gchar *output;                /* a file with the journal */
  gchar **lines;
  gint status;
} Call;

static gchar *dir;              /* of this run */

static gchar *
in_dir (const gchar * name)
{
  return g_build_filename (dir, name, NULL);
}

static gchar *
new_name (const gchar * ending)
{
  static guint n;
  gchar *name = g_strdup_printf ("%u%s", ++n, ending), *path = in_dir (name);

  g_free (name);
  return path;
}

/* Starts `gst-voice run` with the arguments, up to a NULL. */
static void
begin_args (Call * call, const gchar * const *before,
    const gchar * const *arguments)
{
  gchar *command = g_build_filename (g_getenv ("GST_VOICE_TEST_BUILD"), "tools",
      "gst-voice", "gst-voice", NULL);
  GSubprocessLauncher *launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  const gchar *argv[MAX_ARGS + 1];
  GError *error = NULL;
  gchar *options;
  guint n = 0;

  for (; before && *before; before++)
    argv[n++] = *before;
  argv[n++] = command;
  argv[n++] = "run";
  for (; *arguments; arguments++) {
    g_assert_cmpuint (n, <, MAX_ARGS - 4);
    argv[n++] = *arguments;
  }
  argv[n++] = "--simulate";
  argv[n++] = "--json";
  argv[n++] = "--db";
  argv[n++] = "none";
  argv[n] = NULL;
  call->output = new_name (".jsonl");
  g_subprocess_launcher_set_stdout_file_path (launcher, call->output);
  g_subprocess_launcher_set_cwd (launcher, g_getenv ("GST_VOICE_TEST_SOURCE"));
  g_subprocess_launcher_setenv (launcher, "XDG_STATE_HOME", dir, TRUE);
  /* LeakSanitizer crashes if threads of a GThreadPool end while the process
   * does. Whole calls are searched for leaks in many-calls.c. */
  options = g_strconcat (g_getenv ("ASAN_OPTIONS") ? : "", ":detect_leaks=0",
      NULL);
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", options, TRUE);
  g_free (options);
  call->process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_object_unref (launcher);
  g_free (command);
}

static void
finish (Call * call)
{
  GError *error = NULL;
  gchar *text;

  g_subprocess_wait (call->process, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (call->process));
  call->status = g_subprocess_get_exit_status (call->process);
  g_file_get_contents (call->output, &text, NULL, &error);
  g_assert_no_error (error);
  call->lines = g_strsplit (g_strchomp (text), "\n", -1);
  g_free (text);
}

static void
play_args (Call * call, const gchar * const *arguments)
{
  begin_args (call, NULL, arguments);
  finish (call);
}

#define ARGS(...) ((const gchar *[]) { __VA_ARGS__, NULL })
#define play(call, ...) play_args (call, ARGS (__VA_ARGS__))

static void
call_clear (Call * call)
{
  g_object_unref (call->process);
  g_unlink (call->output);
  g_free (call->output);
  g_strfreev (call->lines);
}

/* What lines of a type say: one or more of their fields, with spaces between
 * them. */
static gchar *
all_of (const Call * call, const gchar * type, const gchar * names)
{
  gchar **fields = g_strsplit (names, " ", -1);
  GString *all = g_string_new (NULL);

  for (gchar ** line = call->lines; *line; line++) {
    GError *error = NULL;
    JsonNode *node = json_from_string (*line, &error);
    JsonObject *object;

    g_assert_no_error (error);
    object = json_node_get_object (node);
    if (strcmp (json_object_get_string_member (object, "type"), type) == 0) {
      for (gchar ** field = fields; *field; field++) {
        JsonNode *value = json_object_get_member (object, *field);
        gchar *text = JSON_NODE_HOLDS_VALUE (value)
            && json_node_get_value_type (value) == G_TYPE_STRING ?
            json_node_dup_string (value) : json_to_string (value, FALSE);

        g_string_append_printf (all, "%s%s", field == fields ? "" : " ", text);
        g_free (text);
      }
      g_string_append_c (all, '\n');
    }
    json_node_unref (node);
  }
  g_strfreev (fields);
  return g_string_free (all, FALSE);
}

#define assert_all(call, type, names, expected) G_STMT_START { \
  gchar *all_ = all_of (call, type, names); \
  g_assert_cmpstr (all_, ==, expected); \
  g_free (all_); \
} G_STMT_END

/* The journal without what differs between two calls: when it was, which call,
 * and where the recording is. How far the recorder has come when it first tells
 * depends on the disk. */
static gchar *
comparable (const Call * call)
{
  GRegex *changing = g_regex_new ("\"wall\":\"[^\"]*\",|\"call-id\":\"[^\"]*\","
      "|\"location\":\"[^\"]*\",", 0, 0, NULL);
  GRegex *recorder = g_regex_new ("\"at\":[^,]*(,.*\"state\":\"started\").*",
      0, 0, NULL);
  gchar *text = g_strjoinv ("\n", call->lines), *less, *least;

  less = g_regex_replace_literal (changing, text, -1, 0, "", 0, NULL);
  least = g_regex_replace (recorder, less, -1, 0, "\\1", 0, NULL);
  g_regex_unref (changing);
  g_regex_unref (recorder);
  g_free (text);
  g_free (less);
  return least;
}

/* A call whose caller is a recording, or is in part. */
static void
run_with_recordings (gconstpointer test)
{
  if (g_file_test (RECORDINGS "goforward.raw", G_FILE_TEST_EXISTS))
    ((GTestFunc) test) ();
  else
    g_test_skip ("pocketsphinx-testdata is not installed");
}

/* Two channels of 24 kHz, the whole call and not more. */
static void
check_recording (const gchar * path, const Call * call)
{
  gchar *data, *duration = all_of (call, "session-ended", "duration");
  gdouble seconds = g_ascii_strtod (duration, NULL);
  GError *error = NULL;
  gsize size, n = 0;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, >, 44);
  g_assert_cmpmem (data, 4, "RIFF", 4);
  for (gsize at = 12; n == 0 && at + 8 <= size;) {
    guint32 length;

    memcpy (&length, data + at + 4, 4);
    length = GUINT32_FROM_LE (length);
    if (memcmp (data + at, "fmt ", 4) == 0)
      g_assert_cmpmem (data + at + 8, 8, "\1\0\2\0\300\135\0\0", 8);
    if (memcmp (data + at, "data", 4) == 0)
      n = length;
    at += 8 + length;
  }
  g_assert_cmpfloat_with_epsilon (n / 4 / 24000., seconds, 0.05);
  g_free (duration);
  g_free (data);
}

static void
check_clinic (const Call * call)
{
  g_assert_cmpint (call->status, ==, 0);
  assert_all (call, "turn", "text", "i would like an appointment on tuesday\n"
      "half past nine please\ntwo nine three four zero\nyes\n"
      "what are your opening hours\nthank you goodbye\n");
  assert_all (call, "tool-call", "name arguments",
      "find_slots {\"day\":\"tuesday\"}\n"
      "book_slot {\"day\":\"tuesday\",\"time\":\"09:30\","
      "\"patient\":\"29340\"}\nopening_hours {}\nend_call {}\n");
  assert_all (call, "tool-result", "outcome", "ok\nok\nok\nok\n");
  assert_all (call, "interrupt", "reason", "words\nwords\n");
  assert_all (call, "discard", "reason text", "backchannel okay\n");
  assert_all (call, "heard", "complete text",
      "true Northgate Dental, good morning. How can I help you?\n"
      "false On tuesday I have 9:30, 11:15 and 14:20\n"
      "true 09:30. What is your patient number?\n"
      "true 2 9 3 4 0, is that right?\ntrue One moment, please.\n"
      "true You are booked on tuesday at 09:30. Can I do anything else for "
      "you?\n"
      "false On weekdays we are open from 8 in the morning until 6 in the "
      "evening, \ntrue Thank you for calling. Goodbye.\n");
  assert_all (call, "session-ended", "reason turns interruptions tool-calls",
      "completed 6 2 4\n");
  assert_all (call, "fault", "code", "");
}

/* Root needs no user namespace, which may be forbidden. */
static const gchar *
unshare_option (void)
{
  return geteuid () == 0 ? "-n" : "-rn";
}

static gboolean
may_unshare (void)
{
  const gchar *argv[] = { "unshare", unshare_option (), "true", NULL };
  gint status;

  return g_spawn_sync (NULL, (gchar **) argv, NULL, G_SPAWN_SEARCH_PATH |
      G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL)
      && g_spawn_check_wait_status (status, NULL);
}

/* Two at once, which take the machine from each other: the same call each
 * time. */
static void
clinic (void)
{
  gchar *recordings[] = { new_name (".wav"), new_name (".wav") };
  gchar *journals[2];
  Call calls[2];

  begin_args (&calls[0], NULL, ARGS (CLINIC, "--record", recordings[0]));
  begin_args (&calls[1], NULL, ARGS (CLINIC, "--record", recordings[1]));
  for (guint i = 0; i < 2; i++) {
    finish (&calls[i]);
    check_clinic (&calls[i]);
    assert_all (&calls[i], "recording", "state", "started\nstopped\n");
    check_recording (recordings[i], &calls[i]);
    journals[i] = comparable (&calls[i]);
  }
  g_assert_cmpstr (journals[0], ==, journals[1]);
  for (guint i = 0; i < 2; i++) {
    g_unlink (recordings[i]);
    g_free (recordings[i]);
    g_free (journals[i]);
    call_clear (&calls[i]);
  }
}

static void
no_network (void)
{
  Call call;

  if (!may_unshare ()) {
    g_test_skip ("unshare is not permitted here");
    return;
  }
  begin_args (&call, ARGS ("unshare", unshare_option ()), ARGS (CLINIC));
  finish (&call);
  check_clinic (&call);
  call_clear (&call);
}

/* Nobody says anything: a reminder, a goodbye. */
static void
clinic_silent (void)
{
  Call call;

  play (&call, "pipelines/clinic.json", "--caller", "silence");
  g_assert_cmpint (call.status, ==, 10);
  assert_all (&call, "heard", "text",
      "Northgate Dental, good morning. How can I help you?\n"
      "Are you still there?\n"
      "I cannot hear you, so I will hang up. Goodbye.\n");
  assert_all (&call, "inactivity", "reminder quiet", "1 12.0\n0 12.0\n");
  assert_all (&call, "session-ended", "reason turns", "inactivity 0\n");
  call_clear (&call);
}

/* The caller talks over it: it goes on, and the answer comes after it. */
static void
notify (void)
{
  Call call;

  play (&call, "pipelines/notify.json", "--caller",
      "tests/data/callers/notify.caller");
  g_assert_cmpint (call.status, ==, 0);
  assert_all (&call, "turn", "reason text", "kept hello is this the dentist\n");
  assert_all (&call, "interrupt", "reason", "");
  assert_all (&call, "hold", "speech", "");
  assert_all (&call, "heard", "complete text",
      "true This is Northgate Dental. Your appointment on Tuesday at 9:30 has "
      "been moved to Wednesday at 11:15.\n"
      "true This is an announcement, I cannot answer. Please call us about "
      "your appointment. Goodbye.\n");
  assert_all (&call, "session-ended", "reason turns", "completed 1\n");
  call_clear (&call);
}

static void
notify_silent (void)
{
  Call call;

  play (&call, "pipelines/notify.json", "--caller", "silence");
  g_assert_cmpint (call.status, ==, 10);
  assert_all (&call, "heard", "complete text",
      "true This is Northgate Dental. Your appointment on Tuesday at 9:30 has "
      "been moved to Wednesday at 11:15.\n"
      "true I repeat: your new appointment is on Wednesday at 11:15.\n"
      "true Goodbye.\n");
  assert_all (&call, "session-ended", "reason", "inactivity\n");
  call_clear (&call);
}

static void
echo_persona (void)
{
  Call call;

  play (&call, "pipelines/echo.json", "--caller",
      "tests/data/callers/echo.caller");
  assert_all (&call, "turn", "text", "go forward ten meters\n");
  assert_all (&call, "heard", "complete text",
      "true Say something, and I will repeat it.\n"
      "true You said: go forward ten meters\n");
  assert_all (&call, "session-ended", "reason turns", "disconnected 1\n");
  call_clear (&call);
}

/* A caller of whom no word is synthetic. */
static void
recordings (void)
{
  Call call;

  play (&call, "tests/data/personas/recordings.json", "--caller",
      "tests/data/callers/recordings.caller");
  g_assert_cmpint (call.status, ==, 0);
  assert_all (&call, "turn", "text", "go somewhere and do something\n"
      "thirty three four oh six ninety two\ngo forward ten meters\n"
      "ten of clubs\nfour queen of clubs\nseven of clubs\nfive five\n"
      "two nine three four zero\n");
  assert_all (&call, "interrupt", "reason", "");
  assert_all (&call, "session-ended", "reason turns", "disconnected 8\n");
  call_clear (&call);
}

/* The journals of calls that no database has. */
static void
remove_journals (const gchar * path)
{
  GDir *journals = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (journals && (name = g_dir_read_name (journals))) {
    gchar *journal = g_build_filename (path, name, NULL);

    g_unlink (journal);
    g_free (journal);
  }
  g_clear_pointer (&journals, g_dir_close);
}

static void
remove_state (void)
{
  static const gchar *const names[] = { "gst-voice/journals", "gst-voice", "" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    gchar *path = in_dir (names[i]);

    remove_journals (path);
    g_rmdir (path);
    g_free (path);
  }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  dir = g_dir_make_tmp ("pipelines-XXXXXX", NULL);
  g_test_add_data_func ("/pipelines/clinic", clinic, run_with_recordings);
  g_test_add_func ("/pipelines/clinic/no-network", no_network);
  g_test_add_func ("/pipelines/clinic/silent", clinic_silent);
  g_test_add_func ("/pipelines/notify", notify);
  g_test_add_func ("/pipelines/notify/silent", notify_silent);
  g_test_add_data_func ("/pipelines/echo", echo_persona, run_with_recordings);
  g_test_add_data_func ("/pipelines/recordings", recordings,
      run_with_recordings);
  result = g_test_run ();
  remove_state ();
  g_free (dir);
  return result;
}
