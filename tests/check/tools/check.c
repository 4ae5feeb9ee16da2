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
  command_add ("/check/nothing-wrong", nothing_wrong);
  return g_test_run ();
}
