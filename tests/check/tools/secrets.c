/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Calls by every service there is, with a key that is taken and one that is
 * refused, and all that GStreamer and libsoup can log: the key is in nothing
 * that is written.
 */
#include "command.h"
#include "provider-peer.h"

#include <string.h>

#define KEY "sk-cAnArY0123456789xyz"
#define LOG "everything.log"

static const struct
{
  const gchar *stt, *llm, *tts;
} calls[] = {
  {"deepgramstt", "openaillm", "cartesiatts voice=v"},
  {"assemblyaistt", "geminillm", "elevenlabstts voice=v"},
  {"openaistt", "openaillm", "deepgramtts"},
  {"deepgramstt", "geminillm", "openaitts"},
};

static void
assert_clean (const gchar * where, const gchar * text, gsize size)
{
  gchar *base64 = g_base64_encode ((const guchar *) KEY, strlen (KEY));

  /* The end of it depends on what would follow. */
  base64[strlen (KEY) / 3 * 4] = '\0';
  if (g_strstr_len (text, size, KEY) || g_strstr_len (text, size, base64))
    g_error ("the key is in %s", where);
  g_free (base64);
}

/* Files hold zeros. */
static void
assert_clean_file (const gchar * path)
{
  GMappedFile *file = g_mapped_file_new (path, FALSE, NULL);
  const gchar *p = file ? g_mapped_file_get_contents (file) : NULL;
  gsize left = p ? g_mapped_file_get_length (file) : 0;

  while (left > 0) {
    gsize n = strnlen (p, left);

    assert_clean (path, p, n);
    n = MIN (n + 1, left);
    p += n;
    left -= n;
  }
  if (file)
    g_mapped_file_unref (file);
}

/* Returns how many files there were. */
static guint
assert_clean_folder (const gchar * path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint n = 0;

  while (dir && (name = g_dir_read_name (dir))) {
    gchar *inner = g_build_filename (path, name, NULL);

    if (g_file_test (inner, G_FILE_TEST_IS_DIR)) {
      n += assert_clean_folder (inner);
    } else {
      assert_clean_file (inner);
      n++;
    }
    g_free (inner);
  }
  if (dir)
    g_dir_close (dir);
  return n;
}

/* Each stage asks one that refuses the key and then one that takes it. */
static void
write_files (Command * self, guint i, ProviderPeer * refusing,
    ProviderPeer * peer)
{
  gchar *bad = provider_peer_url (refusing, "http", " api-key=env:SECRET");
  gchar *good = provider_peer_url (peer, "http", " api-key=env:SECRET");
  const gchar *stt = calls[i].stt, *llm = calls[i].llm, *tts = calls[i].tts;
  gchar *text = g_strdup_printf ("tee name=caller ! vad ! "
      "fallback.( %s url=%s %s url=%s ) ! turn ! "
      "fallback.( %s url=%s %s url=%s ) ! speakable ! "
      "fallback.( %s url=%s %s url=%s ) ! playout ! tee name=agent\n"
      "caller. ! rec.caller agent. ! rec.agent callrecorder name=rec",
      stt, bad, stt, good, llm, bad, llm, good, tts, bad, tts, good);

  command_write (self, "x.launch", text);
  command_write (self, "x.json", "{\"name\": \"x\", \"pipeline\": "
      "\"x.launch\", \"welcome-message\": \"Good morning.\"}");
  command_write (self, "x.caller", "voice slt\n"
      "after agent say \"good morning\"\nafter agent 0.1 hangup\n");
  g_free (text);
  g_free (good);
  g_free (bad);
}

static ProviderPeer *
new_peer (const gchar * key)
{
  const ProviderPeerSettings settings = {.key = key,
    .script = "{\"hear\": [\"good morning\"], \"answers\": "
        "[{\"when\": \"\", \"say\": \"Good.\"}]}"
  };
  GError *error = NULL;
  ProviderPeer *peer = provider_peer_new (&settings, &error);

  g_assert_no_error (error);
  return peer;
}

static void
no_key_is_written (Command * self, gconstpointer data)
{
  ProviderPeer *refusing = new_peer ("another"), *peer = new_peer (KEY);
  GSubprocessLauncher *launcher = command_launcher (self);
  gchar *log = command_path (self, LOG);

  write_files (self, GPOINTER_TO_UINT (data), refusing, peer);
  g_subprocess_launcher_setenv (launcher, "SECRET", KEY, TRUE);
  g_subprocess_launcher_setenv (launcher, "GST_DEBUG", "9", TRUE);
  g_subprocess_launcher_setenv (launcher, "GST_DEBUG_FILE", log, TRUE);
  g_subprocess_launcher_setenv (launcher, "GST_DEBUG_DUMP_DOT_DIR", self->home,
      TRUE);
  g_subprocess_launcher_setenv (launcher, "G_MESSAGES_DEBUG", "all", TRUE);
  command_end (self, command_start (self, launcher, "run x.json --caller "
          "x.caller --speaker none --record x.wav --db x.db"));
  if (provider_peer_n_requests (refusing) < 3
      || provider_peer_n_requests (peer) < 3)
    g_error ("not all were asked:\n%s\n%s", self->out, self->err);
  assert_clean ("stdout", self->out, strlen (self->out));
  assert_clean ("stderr", self->err, strlen (self->err));
  g_assert_cmpuint (assert_clean_folder (self->home), >=, 5);
  g_assert_true (g_file_test (log, G_FILE_TEST_EXISTS));
  g_free (log);
  provider_peer_free (peer);
  provider_peer_free (refusing);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++) {
    gchar **names = g_strsplit (calls[i].stt, " ", 2);
    gchar *path = g_strdup_printf ("/secrets/%u-%s", i, names[0]);

    g_test_add (path, Command, GUINT_TO_POINTER (i), command_set_up,
        no_key_is_written, command_tear_down);
    g_free (path);
    g_strfreev (names);
  }
  return g_test_run ();
}
