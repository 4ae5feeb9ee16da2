/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is wrong with files: `gst-voice check` says it with file, line and key,
 * and `gst-voice run` does not begin a call with them.
 */
#include "command.h"

#include <string.h>

#define PERSONA "{\n\"name\": \"x\",\n\"pipeline\": \"x.launch\"\n}\n"
#define LAUNCH "tee name=caller ! vad ! pocketsphinxstt ! turn ! " \
  "scriptllm reply=x ! speakable ! flitetts ! playout ! tee name=agent\n"

typedef struct
{
  const gchar *name, *content;  /* beside x.json and x.launch */
  const gchar *checked;
  const gchar *text;
} Fault;

/* The file is written, checked, and used for a call. */
static void
expect_fault (Command * self, const Fault * fault)
{
  gchar *path;

  command_write (self, "x.json", PERSONA);
  command_write (self, "x.launch", LAUNCH);
  command_write (self, fault->name, fault->content);
  path = g_strconcat ("check ", fault->checked, NULL);
  command_run (self, path);
  command_expect (self, 1, fault->text);
  g_free (path);
  command_run (self, "run ./x.json --simulate --caller silence");
  command_expect_error (self, 1, fault->text);
  g_assert_cmpstr (self->out, ==, "");
  command_run (self, "calls list");
  command_expect_error (self, 0, "no call is recorded yet");
}

static void
personas (Command * self, gconstpointer unused)
{
  static const Fault faults[] = {
    {"x.json", "{\n\"name\": \"x\",\n\"pipeline\"", "x.json", "x.json:3"},
    {"x.json", "", "x.json", "x.json:1"},
    {"x.json", "\377\376", "x.json", "x.json:1"},
    {"x.json", "{\"name\":\"x\",\n\"pipeline\":\"x.launch\",\n\"voise\":\"a\"}",
          "x.json",
        "x.json:3: /voise: unknown property \"voise\"; did you mean "
          "\"voice\"?"},
    {"x.json",
        "{\"name\":\"x\",\n\"pipeline\":\"x.launch\",\n"
          "\"temperature\":\"hot\"}", "x.json", "x.json:3: /temperature: "},
    {"x.json", "{\"name\":\"x\",\n\"pipeline\":\"y.launch\"}", "x.json",
        "did you mean \"x.launch\"?"},
    {"x.json", "{\"name\":\"x\",\n\"pipeline\":\"x.launch\",\n"
          "\"turn\":{\"min-word\":1}}", "x.json", "turn.min-word"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    expect_fault (self, &faults[i]);
}

static void
descriptions (Command * self, gconstpointer unused)
{
  static const Fault faults[] = {
    {"x.launch", "tee name=caller\n! vadd ! tee name=agent", "x.json",
        "x.launch:2: "},
    {"x.launch", "tee name=caller\n! vad thresholt=1 ! tee name=agent",
        "x.json", "x.launch:2: "},
    {"x.launch", "tee name=caller\n! vad ! ! tee name=agent", "x.json",
        "x.launch:2"},
    {"x.launch", "tee name=caller\n! vad voice=${nothing} ! tee name=agent",
        "x.json", "x.launch:2"},
    {"x.launch", "", "x.json", "x.launch"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    expect_fault (self, &faults[i]);
}

/* What only the elements see. */
static void
what_is_named_in_them (Command * self, gconstpointer unused)
{
  static const Fault faults[] = {
    {"x.launch", "tee name=caller ! vad ! pocketsphinxstt grammar=x.gram ! "
          "turn ! scriptllm reply=x ! speakable ! flitetts ! playout ! "
          "tee name=agent", "x.json", "x.gram"},
    {"x.gram", "#JSGF V1.0;\ngrammar x;\npublic <x> = yes | ;(;\n", "x.json",
        "x.gram:3"},
    {"x.gram", "#JSGF V1.0;\ngrammar x;\npublic <x> = yes | xqzzk;\n", "x.json",
        "xqzzk"},
  };

  expect_fault (self, &faults[0]);
  for (guint i = 1; i < G_N_ELEMENTS (faults); i++) {
    command_write (self, faults[i].name, faults[i].content);
    command_write (self, "x.json", PERSONA);
    command_write (self, "x.launch", faults[0].content);
    command_run (self, "check x.json");
    command_expect (self, 1, faults[i].text);
    command_run (self, "run x.json --simulate --caller silence");
    command_expect_error (self, 1, faults[i].text);
  }
}

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

static void
nothing_wrong (Command * self, gconstpointer unused)
{
  command_run (self, "check ${PIPELINES}/clinic.json ${PIPELINES}/echo.json "
      "${PIPELINES}/clinic.script.json ${DATA}/callers/clinic.caller");
  command_expect (self, 0, "clinic.json: ok\n");
  command_expect (self, 0, "clinic.caller: ok\n");
  command_run (self, "check --help");
  command_expect (self, 0, "gst-voice check [");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  command_add ("/check/personas", personas);
  command_add ("/check/descriptions", descriptions);
  command_add ("/check/named", what_is_named_in_them);
  command_add ("/check/callers", callers);
  command_add ("/check/sound-files", sound_files);
  command_add ("/check/places", places);
  command_add ("/check/nothing-wrong", nothing_wrong);
  return g_test_run ();
}
