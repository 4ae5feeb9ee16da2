/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What `gst-voice run` says to callers that cannot be played, and to places
 * that cannot be read or written.
 */
#include "command.h"

#include <string.h>

static void
callers (Command * self, gconstpointer unused)
{
  static const struct
  {
    const gchar *name, *content, *text;
  } rows[] = {
    {"a.caller", "say \"hi\"\nfrobnicate\n",
        "a.caller:2: 'frobnicate' is not understood"},
    {"a.caller", "\377\376", "a.caller:1: "},
    {"a.caller", "play nowhere.wav\n", "a.caller:1: "},
    {"a.wav", "", "a.wav: this is not a WAV file"},
    {"a.wav", "Dear Sir or Madam,\n", "a.wav: this is not a WAV file"},
    {"a.wav", "RIFF....WAVEfmt \020", "a.wav: there is no sound in it"},
  };
  gchar *line;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    command_write (self, rows[i].name, rows[i].content);
    line = g_strdup_printf ("run echo --simulate --caller %s", rows[i].name);
    command_run (self, line);
    command_expect_error (self, 1, rows[i].text);
    g_free (line);
  }
  command_run (self, "run echo --simulate --caller nowhere.wav");
  command_expect_error (self, 1, "nowhere.wav");
  command_run (self, "run echo --simulate --caller .");
  command_expect_error (self, 1, "gst-voice run: ");
  command_run (self, "check a.caller nowhere.caller");
  command_expect (self, 1, "nowhere.caller");
}

static void
append (GByteArray * out, guint32 value, guint bytes)
{
  for (guint i = 0; i < bytes; i++, value >>= 8) {
    guint8 byte = value;

    g_byte_array_append (out, &byte, 1);
  }
}

static void
write_wav (Command * self, const gchar * name, guint rate, guint channels,
    guint32 promised)
{
  GByteArray *out = g_byte_array_new ();
  gchar *path = command_path (self, name);

  g_byte_array_append (out, (const guint8 *) "RIFF", 4);
  append (out, 36 + promised, 4);
  g_byte_array_append (out, (const guint8 *) "WAVEfmt ", 8);
  append (out, 16, 4);
  append (out, 1, 2);
  append (out, channels, 2);
  append (out, rate, 4);
  append (out, rate * channels * 2, 4);
  append (out, channels * 2, 2);
  append (out, 16, 2);
  g_byte_array_append (out, (const guint8 *) "data", 4);
  append (out, promised, 4);
  for (guint i = 0; i < rate / 10 * channels; i++)
    append (out, 0, 2);
  g_file_set_contents (path, (gchar *) out->data, out->len, NULL);
  g_free (path);
  g_byte_array_unref (out);
}

/* Other rates and channels are no fault: they are converted. */
static void
sound_files (Command * self, gconstpointer unused)
{
  write_wav (self, "a.wav", 44100, 2, 44100 / 10 * 4);
  command_run (self, "run echo --simulate --caller a.wav");
  command_expect (self, 0, "ended: disconnected");
  write_wav (self, "a.wav", 16000, 1, 320000);
  command_run (self, "run echo --simulate --caller a.wav");
  command_expect_error (self, 1, "a.wav: it is cut off: its header promises "
      "320000 bytes of sound, and 3200 are there");
  write_wav (self, "a.wav", 7, 1, 20);
  command_run (self, "run echo --simulate --caller a.wav");
  command_expect_error (self, 1, "impossible rate");
}

static void
places (Command * self, gconstpointer unused)
{
  static const struct
  {
    const gchar *line, *text;
  } rows[] = {
    {"run nobody", "there is no persona nobody, neither a file nor an "
          "installed one (installed: clinic, echo, notify)"},
    {"run ./nobody.json --caller silence", "nobody.json"},
    {"run . --caller silence", "gst-voice run: .: "},
    {"run echo --caller mic", "there is no microphone; --caller FILE"},
    {"run echo", "there is no microphone; --caller FILE"},
    {"run echo --caller silence --speaker auto", "there is no loudspeaker; "
          "--speaker none"},
    {"run echo --simulate --caller silence --record none/a.wav",
        "there is no folder none"},
    {"run echo --simulate --caller silence --record file/a.wav", "file/a.wav"},
    {"run echo --simulate --caller silence --record a.mp3",
        "cannot tell the format of a.mp3"},
    {"run echo --simulate --caller silence --speaker file/a.wav", "file/a.wav"},
    {"run echo --simulate --caller silence --db file/a.db",
        "/file/a.db: there is no folder "},
    {"run echo --simulate --caller silence --db .", "it is a folder"},
    {"run echo --simulate --caller silence --db file", "it is not a database"},
    {"calls list --db none.db", "there is no database of calls"},
    {"check", "which files?"},
  };

  command_write (self, "file", "This is a text, and long enough to be told "
      "apart from an empty database. This is a text, and long enough for it.");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    command_run (self, rows[i].line);
    command_expect_error (self, strcmp (rows[i].line, "check") ? 1 : 2,
        rows[i].text);
    g_assert_cmpstr (self->out, ==, "");
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/run-input/callers", callers);
  command_add ("/run-input/sound-files", sound_files);
  command_add ("/run-input/places", places);
  return g_test_run ();
}
