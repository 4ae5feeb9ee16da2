/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The scenarios of docs/turn-taking.md that need more than `turn` and
 * `playout`: tools, silence, limits and what becomes of the conversation, on a
 * whole call under simulated time, from its journal. Where a row of the page
 * says when a tool or a speech begins, here a script makes it begin then.
 */
#include "call-scene.h"

#include "turn/turn-notation.h"

#include <gst/gst.h>
#include <string.h>

/* A scenario runs on for so long, and for a second after what is expected. */
#define UNTIL 20000

typedef struct
{
  const gchar *number;
  const gchar *input, *output;  /* in the notation of the page */
  CallSettings settings;
  const gchar *chat;            /* what the model is shown of it, or NULL */
  gint64 until;
} Row;

/* --- between the commit and the first sample -------------------------- */

#define TUESDAY "S[0,1200] f\"Book Tuesday.\"@1500 "
#define ASKED "C\"Book Tuesday.\"@1700 "
/* The answer comes 300 after the question. */
#define LATER "turn.preemptive=false; llm.first-token=300"

static const Row first_rows[] = {
  {"47", TUESDAY, ASKED "fault(server)@3000 no-reply(error)@3000 "
        "say\"Pardon me.\"@3000 plays@~3000 heard(all)@~4000 "
        "remind(1)@~34000 say\"Are you there?\"@~34000 plays@~34000",
        {.script = "{'else': {'fail': 'server'}}",.settings =
              "turn.preemptive=false; llm.first-token=1300; "
              "llm.apology=Pardon me.; inactivity.reminders=Are you there?"},
      "u:Book Tuesday. a:Pardon me. a:Are you there?"},
  {"48", TUESDAY, ASKED "no-reply(empty)@3000 remind(1)@33000 "
        "say\"Are you still there?\"@33000",
        {.script = "{'else': {'empty': true}}",.settings =
              "turn.preemptive=false; llm.first-token=1300",.look_at = 32000},
      "u:Book Tuesday."},
  /* Asked ahead at 1500; only the commit lets the tool run. */
  {"52", "S[0,1200] i\"I'd like\"@500 f\"I'd like to book.\"@1500",
        "p@1500 C@1700 call(look)@1700 result(ok)@2000 plays@~2100 "
        "heard(all)@~3100",
        {.script = "{'else': {'call': {'name': 'look'}, "
              "'then': {'say': 'All booked.'}}}",.tools =
              "[{'name': 'look', 'kind': 'static', 'description': 'A tool.', "
              "'access': 'read', 'delay': 0.3, 'result': 1}]",.settings =
              "llm.first-token=100"},
      "u:I'd like to book. a: c:call-1-1-1 r:call-1-1-1=1 a:All booked."},
};

/* --- tools and fillers ------------------------------------------------ */

#define TOOL(name, access, delay, filler) "{'name': '" name "', " \
    "'kind': 'static', 'description': 'A tool.', 'access': '" access "', " \
    "'result': 1, 'delay': " #delay ", 'filler': " filler "}"
#define LOOK(delay) TOOL ("look", "read", delay, "false")
#define LOOK_SAYING(delay, filler) TOOL ("look", "read", delay, "'" filler "'")
#define BOOK(delay) TOOL ("book", "write", delay, "false")
#define SEE(delay, filler) TOOL ("see", "read", delay, "'" filler "'")
#define SEEK(delay, filler) TOOL ("seek", "read", delay, "'" filler "'")
#define CALLS(tools) "{'always': [{'match': 'wednesday', 'say': " \
    "'Fine then.'}, {'match': 'tuesday', 'call': " tools ", " \
    "'then': {'say': 'All booked.'}, 'late': 'Also booked.'}], " \
    "'failed': {'say': 'It failed.'}}"
#define NO "S[2500,3300] i\"no\"@2800 f\"No, Wednesday.\"@3600 "
#define NOT_THAT "h@2600 I(words)@2800 C\"No, Wednesday.\"@3800 "
#define FINE "plays@~4100 heard(all)@~5100 "
/* What came of the tool, which nobody has heard, comes first. */
#define FINE_TOO "plays@~4100 heard(all)@~6100 "
#define ID "call-1-1-1"

static const Row tool_rows[] = {
  {"97", TUESDAY NO, ASKED "call(look)@2000 h@2600 I(continued)@2800 "
        "result(cancelled)@2800 C+\"Book Tuesday. No, Wednesday.\"@3800 " FINE,
        {.script = CALLS ("{'name': 'look'}"),.tools = "[" LOOK (5) "]",
          .settings = LATER}, "u:Book Tuesday. No, Wednesday. a:Fine then."},
  {"98", TUESDAY NO, ASKED "call(look)@2000 result(ok)@2400 " NOT_THAT FINE_TOO,
        {.script = CALLS ("{'name': 'look'}"),.tools = "[" LOOK (0.4) "]",
            .settings = LATER},
      "u:Book Tuesday. a~: c:" ID " r:" ID "=1 u:No, Wednesday. "
        "a:Also booked. Fine then."},
  {"99", TUESDAY NO, ASKED "call(book)@2000 " NOT_THAT FINE
        "result(ok)@10000 plays@~10300 heard(all)@~11300",
        {.script = CALLS ("{'name': 'book'}"),.tools = "[" BOOK (8) "]",
            .settings = LATER,.look_at = 3900},
      "u:Book Tuesday. a~: c:" ID " r:" ID "={\"status\":\"running\"} "
        "u:No, Wednesday."},
  {"99a", TUESDAY NO, ASKED "call(book)@2000 h@2600 I(words)@2800 "
        "result(ok)@3700 C\"No, Wednesday.\"@3800 plays@~4100 "
        "heard(all)@~6100",
        {.script = CALLS ("{'name': 'book'}"),.tools = "[" BOOK (1.7) "]",
            .settings = LATER},
      "u:Book Tuesday. a~: c:" ID " r:" ID "=1 u:No, Wednesday. "
        "a:Also booked. Fine then."},
  {"100", TUESDAY NO, ASKED "call(book)@2000 " NOT_THAT FINE
        "result(ok)@10000 plays@~10300 heard(all)@~11300",
        {.script = CALLS ("{'name': 'book'}"),.tools = "[" BOOK (8) "]",
            .settings = LATER},
      "u:Book Tuesday. a~: c:" ID " r:" ID "=1 u:No, Wednesday. a:Fine then. "
        "a:Also booked."},
  /* A request is in flight, which knows of it only when asked again. */
  {"100a", TUESDAY NO "f\"Wednesday.\"@8000",
        ASKED "call(book)@2000 " NOT_THAT FINE
        "C\"Wednesday.\"@8500 result(ok)@8600 plays@~8800 heard(all)@~9800 "
        "plays@~10100 heard(all)@~11100",
        {.script = CALLS ("{'name': 'book'}"),.tools = "[" BOOK (6.6) "]",
            .settings = LATER},
      "u:Book Tuesday. a~: c:" ID " r:" ID "=1 u:No, Wednesday. a:Fine then. "
        "u:Wednesday. a:Fine then. a:Also booked."},
  {"101", TUESDAY NO, ASKED "call(look)@2000 call(see)@2000 "
        "result(ok)@2400 h@2600 I(words)@2800 result(cancelled)@2800 "
        "C\"No, Wednesday.\"@3800 " FINE_TOO,
        {.script = CALLS ("[{'name': 'look'}, {'name': 'see'}]"),.tools =
              "[" LOOK (0.4) ", " SEE (5, "Well.") "]",.settings = LATER},
      "u:Book Tuesday. a~: c:" ID " r:" ID "=1 u:No, Wednesday. "
        "a:Also booked. Fine then."},
  {"102a", TUESDAY "S[2500,2900]", ASKED "call(look)@2000 h@2600 r@3300 "
        "result(ok)@7000 plays@~7300 heard(all)@~8300",
        {.script = CALLS ("{'name': 'look'}"),.tools = "[" LOOK (5) "]",
            .settings = LATER},
      "u:Book Tuesday. a: c:" ID " r:" ID "=1 a:All booked."},
  {"102b", TUESDAY "S[2500,2900] i\"okay\"@2800", ASKED "call(look)@2000 "
        "h@2600 r@2960 result(ok)@7000 plays@~7300 heard(all)@~8300",
        {.script = CALLS ("{'name': 'look'}"),.tools = "[" LOOK (5) "]",
          .settings = LATER}, NULL},
  {"103", TUESDAY, ASKED "call(look)@2000 say\"One moment.\"@3500 "
        "plays@~3500 heard(all)@~4500 result(ok)@7000 plays@~7300 "
        "heard(all)@~8300",
        {.script = CALLS ("{'name': 'look'}"),.tools = "["
              LOOK_SAYING (5, "One moment.") "]",.settings = LATER},
      "u:Book Tuesday. a: c:" ID " r:" ID "=1 a:One moment. a:All booked."},
  {"103a", TUESDAY, ASKED "call(look)@2000 call(see)@2000 "
        "say\"One moment.\"@3500 result(ok)@5000 result(ok)@9000 "
        "call(seek)@9300 say\"Nearly there.\"@10800 result(ok)@12300 "
        "plays@~3500 plays@~10800 plays@~12600",
        {.script = "{'else': {'call': [{'name': 'look'}, {'name': 'see'}], "
              "'then': {'call': {'name': 'seek'}, 'then': {'say': "
              "'All booked.'}}}}",.tools = "[" LOOK_SAYING (3, "One moment.")
              ", " SEE (7, "Still looking.") ", " SEEK (3, "Nearly there.") "]",
          .settings = LATER}, NULL},
  {"104", TUESDAY "S[3400,3600]", ASKED "call(look)@2000 h@3500 r@4000 "
        "say\"One moment.\"@5100",
      {.script = CALLS ("{'name': 'look'}"),.tools = "["
              LOOK_SAYING (5, "One moment.") "]",.settings = LATER}, NULL},
  {"105a", TUESDAY, ASKED "call(look)@2000 result(ok)@3400 plays@~3700 "
        "heard(all)@~4700",
      {.script = CALLS ("{'name': 'look'}"),.tools = "["
              LOOK_SAYING (1.4, "One moment.") "]",.settings = LATER}, NULL},
  {"105b", TUESDAY, ASKED "call(look)@2000 say\"One moment.\"@3500 "
        "plays@~3500 result(ok)@4000 heard(all)@~4500 plays@~4500 "
        "heard(all)@~5500",
      {.script = CALLS ("{'name': 'look'}"),.tools = "["
              LOOK_SAYING (2, "One moment.") "]",.settings = LATER}, NULL},
  {"106", TUESDAY, ASKED "call(book)@2000 result(timeout)@22000 "
        "plays@~22300 heard(all)@~23300 result(late)@27000",
        {.script = CALLS ("{'name': 'book'}"),.tools = "[" BOOK (25) "]",
            .settings = LATER},
      "u:Book Tuesday. a: c:" ID " r:" ID "={\"error\":{\"code\":\"timeout\","
        "\"message\":\"The tool did not answer in time. It is not known "
        "whether it was done; do not simply try again.\"}} a:It failed."},
};

/* --- the goodbye ------------------------------------------------------ */

#define THAT_IS_ALL "S[0,1200] f\"That is all.\"@1500 "
#define ALL "C\"That is all.\"@1700 "
#define END_CALL "[{'name': 'end_call', 'kind': 'builtin'}]"
#define BYE "{'else': {'say': 'Goodbye now.', 'end': true}}"
#define WAIT "S[2600,3400] i\"wait\"@2900 f\"Wait, one more thing.\"@3700 "
#define SLOWLY "turn.preemptive=false; llm.first-token=600"
#define TEN "one two three four five six seven eight nine ten."

static const Row goodbye_rows[] = {
  {"94", "S[1000,2000] f\"Is this about Tuesday?\"@2300 "
        "hangup(application)@3000", "say@0 plays@~0 heard(all)@~5000 "
        "C(kept,no)\"Is this about Tuesday?\"@~5000 hangup@~5300 ended@~5320",
        {.script = "{}",.settings = "llm.welcome-message=" TEN
              "; llm.welcome-interruptible=false"},
      "a:" TEN " u:Is this about Tuesday?"},
  {"109", THAT_IS_ALL, ALL "call(end_call)@2300 result(ok)@2300 plays@~2320 "
        "heard(all)@~3300 hangup(completed)@~3600 ended@~3620",
      {.script = BYE,.tools = END_CALL,.settings = SLOWLY}, NULL},
  {"111a", THAT_IS_ALL WAIT, ALL "call(end_call)@2300 h@2850 I(stop)@2900 "
        "revoked@2900 C\"Wait, one more thing.\"@3900 plays@~2300 "
        "plays@~4500",
        {.script = "{'always': [{'match': 'thing', 'say': 'Yes please.'}], "
              "'else': {'say': 'Goodbye now.', 'end': true}}",.tools = END_CALL,
          .settings = SLOWLY,.look_at = 4000}, NULL},
  {"112", THAT_IS_ALL WAIT "S[4700,5500] i\"but what\"@5000 "
        "f\"But what about Friday?\"@5800", ALL "call(end_call)@2300 h@2850 "
        "I(stop)@2900 revoked@2900 C\"Wait, one more thing.\"@3900 "
        "call(end_call)@4500 h@4950 I(words)@5200 "
        "C(no)\"But what about Friday?\"@6000 hangup(completed)@6000",
      {.script = BYE,.tools = END_CALL,.settings = SLOWLY}, NULL},
  {"114", THAT_IS_ALL,
        ALL "call(end_call)@2300 hangup(completed)@12300 ended@~12320",
      {.script = "{'else': {'say': 'Stall now.', 'end': true}}",.tools =
              END_CALL,.settings = SLOWLY}, NULL},
  /* Nor can a model. */
  {"114b", THAT_IS_ALL "hangup(application)@2000",
        ALL "hangup(completed)@2000 ended@~2020",
      {.script = "{'else': {'stall': true}}",.settings = SLOWLY}, NULL},
};

/* --- keys ------------------------------------------------------------- */

#define COLLECT "[{'name': 'collect_digits', 'kind': 'builtin'}]"

static const Row keys_rows[] = {
  /* The first key stops the prompt, and the tool has them all. */
  {"153", TUESDAY "keys\"12#\"@2500/300", ASKED "call(collect_digits)@2000 "
        "say\"Your number please.\"@2000 skip@2500 result(ok)@3100",
        {.script = "{'always': [{'match': 'tuesday', 'call': {'name': "
              "'collect_digits', 'arguments': {'prompt': 'Your number "
              "please.'}}, 'then': {'say': 'All booked.'}}]}",.tools = COLLECT,
            .settings = LATER},
      "u:Book Tuesday. a: c:" ID " r:" ID "={\"digits\":\"12\","
        "\"ended_by\":\"key\"} a~:Your a:All booked."},
  /* The caller says it instead. */
  {"153b", TUESDAY "keys\"1\"@2500 S[3000,3800] f\"Twelve.\"@4100",
        ASKED "call(collect_digits)@2000 h@3100 I(continued)@4100 "
        "result(cancelled)@4100 C+\"Book Tuesday. Twelve.\"@4300",
      {.script = "{'always': [{'match': 'twelve', 'say': 'Fine then.'}, "
              "{'match': 'tuesday', 'call': {'name': "
              "'collect_digits'}, 'then': {'say': 'All booked.'}}]}",.tools =
              COLLECT,.settings = LATER}, NULL},
};

/* --- inactivity ------------------------------------------------------- */

#define GREETING "llm.welcome-message=" TEN "; " QUIETLY
#define QUIETLY "inactivity.reminders=Are you there?; inactivity.goodbye="
#define GREETED "say@0 plays@~0 heard(all)@~5000 "
#define REMINDED(t) "remind(1)@~" #t " say\"Are you there?\"@~" #t " "

static const Row inactivity_rows[] = {
  {"115", "", GREETED REMINDED (35000) "plays@~35000 heard(all)@~36500 "
        "remind(0)@~66520 hangup(inactivity)@~66520 ended@~66540",
      {.script = "{}",.settings = GREETING}, NULL},
  {"116", "S[20000,21000]", GREETED "d(no-words)@23000 " REMINDED (36000)
      "plays@~36000", {.script = "{}",.settings = GREETING}, NULL, 37000},
  {"117", "f\"Look.\"@9500", GREETED "C@10000 call(look)@10000 "
        "result(ok)@50000 no-reply(empty)@50000 " REMINDED (80000)
        "plays@~80000",
      {.script = "{'else': {'call': {'name': 'look'}, "
              "'then': {'empty': true}}}",.tools =
              "[" LOOK (40) "]",.settings =
              GREETING "; tools.timeout=60000"}, NULL, 81000},
  {"118", "f\"Yes.\"@9500",
        "C@10000 plays@~48000 heard(all)@~49000 " REMINDED (79000)
        "plays@~79000",
        {.script = "{'else': {'say': 'All booked.'}}",.settings =
              QUIETLY "; llm.first-token=38000; turn.preemptive=false"},
      NULL, 80000},
  {"119a", "S[1000,1400]", "say@0 plays@~0 h@1250 r@3400 d@3400 "
        "heard(all)@~7170 " REMINDED (37170) "plays@~37170",
      {.script = "{}",.settings = GREETING}, NULL, 38000},
  /* The filler ends while the tool runs. */
  {"119b", "f\"Yes.\"@500", "C@1000 call(look)@2000 say\"One moment.\"@3500 "
        "plays@~3500 heard(all)@~4500 result(ok)@9000 no-reply(empty)@10000 "
        REMINDED (40000) "plays@~40000",
        {.script = "{'else': {'call': {'name': 'look'}, "
              "'then': {'empty': true}}}",.tools =
              "[" LOOK_SAYING (7, "One moment.") "]",.settings =
              QUIETLY "; llm.first-token=1000; turn.preemptive=false"}, NULL,
      41000},
  {"120", "", "remind(1)@30000 say\"Are you there?\"@30000",
      {.script = "{}",.settings = QUIETLY}, NULL},
  {"121", "S[30500,31500] i\"I am\"@30900 f\"I am here.\"@31700",
        "remind(1)@30000 say\"Are you there?\"@30000 h@30750 I(words)@31000 "
        "C\"I am here.\"@32000 remind(1)@~63000 "
        "say\"Are you there?\"@~63000",
        {.script = "{'else': {'say': 'Fine then.'}}",.settings = QUIETLY},
      NULL},
  {"122", "S[10000,-]", GREETED "d(stuck)@18000 " REMINDED (43000)
      "plays@~43000", {.script = "{}",.settings = GREETING}, NULL, 44000},
  {"123", "", "remind(1)@~12000 say@~12000",
      {.script = "{}",.settings = QUIETLY,.change_at = 12000,.change =
              "inactivity.timeout=10000"}, NULL},
  {"123a", "", "", {.script = "{}",.settings = QUIETLY,.change_at = 12000,
          .change = "inactivity.timeout=0"}, NULL, 90000},
  {"124", "S[0,1800]", "U@3800 remind(1)@31800 say@31800",
      {.script = "{}",.settings = QUIETLY "; llm.unheard-message="}, NULL},
};

/* --- limits ----------------------------------------------------------- */

#define LIMIT(at) "limit.limit=" #at "; limit.warning=0; " \
    "limit.goodbye=Goodbye now.; turn.preemptive=false; "
#define FORTY "one two three four five six seven eight " \
    "nine ten one two three four five six seven eight nine ten one two three " \
    "four five six seven eight nine ten one two three four five six seven " \
    "eight nine ten"
#define LEAVE "say\"Goodbye now.\"@"
#define YES "{'else': {'say': 'Pardon me.'}}"

static const Row limit_rows[] = {
  /* The defaults, in the whole length of a call. */
  {"125", "", "limit(warning)@840000 say\"Nearly over.\"@840000 "
        "plays@~840000 heard(all)@~841000 limit(goodbye)@900000 "
        LEAVE "900000 plays@~900000 heard(all)@~901000 hangup(limit)@~901300",
        {.script = "{}",.settings = "inactivity.timeout=0; limit.note=Hurry.; "
              "limit.say=Nearly over.; limit.goodbye=Goodbye now."},
      "s:Hurry. a:Nearly over. a:Goodbye now."},
  {"126a", "", LEAVE "1000 plays@~1000 heard(all)@~2000 "
        "hangup(limit)@~2300", {.script = "{}",.settings = LIMIT (1000)},
      "a:Goodbye now."},
  {"126b", "", "say@0 plays@~0 I(limit)@6000 heard(6000)@~6000 "
        LEAVE "6000 plays@~6000 heard(all)@~7000 hangup(limit)@~7300",
      {.script = "{}",.settings =
              LIMIT (1000) "llm.welcome-message=" FORTY}, NULL},
  {"126c", "",
        "say@0 plays@~0 heard(all)@~3000 " LEAVE
        "~3000 plays@~3000 heard(all)@~4000 hangup(limit)@~4300",
        {.script = "{}",.settings = LIMIT (1000)
          "llm.welcome-message=one two three four five six"}, NULL},
  {"126d", "S[900,1400]", "say@0 plays@~0 h@1150 I(limit)@1200 "
        "heard(1150)@~1200 " LEAVE "1200 plays@~1200 heard(all)@~2200 "
        "hangup(limit)@~2500", {.script = "{}",.settings = LIMIT (1200)
          "llm.welcome-message=" FORTY},
      NULL},
  {"126e", "f\"Yes.\"@500", "C@1000 I(limit)@2000 " LEAVE "2000 "
        "plays@~2000 heard(all)@~3000 hangup(limit)@~3300",
        {.script = YES,.settings = LIMIT (2000) "llm.first-token=5000"},
      "u:Yes. a:Goodbye now."},
  {"126f", "S[0,3000] i\"I want\"@800 f\"I want a table.\"@3300",
        LEAVE "1000 plays@~1000 heard(all)@~2000 "
        "C(hangup,no)\"I want\"@~2300 hangup(limit)@~2300",
      {.script = YES,.settings = LIMIT (1000)}, NULL},
  {"127", "", "limit(goodbye)@1000 say@1000 plays@~1000 limit(hard)@16000 "
        "I(limit)@16000 heard(15000)@~16000 hangup(limit)@16000 ended@~16020",
        {.script = "{}",.settings = LIMIT (1000) "limit.goodbye=" FORTY},
      NULL},
  /* A goodbye that nobody can speak. */
  {"127a", "", "limit(goodbye)@1000 say@1000 hangup(limit)@11000 "
        "ended@~11020", {.script = "{}",.settings =
              LIMIT (1000) "limit.goodbye=Stall now."}, NULL},
  {"128", "f\"Yes.\"@500 f\"Yes.\"@3000 f\"Yes.\"@6000",
        "C@1000 plays@~1000 heard(all)@~2000 C@3500 plays@~3500 "
        "heard(all)@~4500 C@6500 plays@~6500 heard(all)@~7500 "
        "limit(goodbye)@~7500 " LEAVE "~7500 plays@~7500 heard(all)@~8500 "
        "hangup(budget)@~8800",
      {.script = YES,.settings = LIMIT (0)}, NULL},
  {"128a", "f\"Tuesday.\"@500", "C@1000 call(look)@1000 result(ok)@3000 "
        "limit(goodbye)@3000 I(limit)@3000 " LEAVE "3000 plays@~3000 "
        "heard(all)@~4000 hangup(budget)@~4300 ended@~4320",
        {.script = CALLS ("{'name': 'look'}"),.tools = "[" LOOK (2) "]",
          .settings = LIMIT (0) "limit.tool-calls=1"}, NULL},
};

/* --- ends ------------------------------------------------------------- */

static const Row end_rows[] = {
  {"132a", "S[0,1200] f\"I'd like to book\"@1500 eos@1600",
        "C@1600 plays@~2000 heard(all)@~3000 ended@~3020",
      {.script = YES,.settings = "turn.preemptive=false; "
              "llm.first-token=400"}, "u:I'd like to book a:Pardon me."},
  {"132b", "S[1000,1400] eos@1500", "say@0 plays@~0 h@1250 r@1500 "
        "d(no-words)@1500 heard(all)@~5250 ended@~5270",
      {.script = YES,.settings = "llm.welcome-message=" TEN}, NULL},
  {"132c", "S[0,1200] f\"On Tuesday\"@1500 eos@1600",
        "C@1600 call(look)@1600 result(ok)@3600 plays@~3600 "
        "heard(all)@~4600 ended@~4620",
        {.script = CALLS ("{'name': 'look'}"),.tools = "[" LOOK (2) "]",
            .settings = "turn.preemptive=false"},
      "u:On Tuesday a: c:" ID " r:" ID "=1 a:All booked."},
};

static void
run_row (gconstpointer data)
{
  const Row *row = data;
  TurnScene *scene = turn_notation_inputs (row->input, NULL, FALSE);
  GPtrArray *expected = turn_notation_outputs (row->output), *notes;
  gint64 until = MAX (UNTIL, expected->len == 0 ? 0 :
      ((TurnNote *) expected->pdata[expected->len - 1])->at + 1000);
  gchar *seen;

  call_scene_configure (scene, &row->settings);
  notes = turn_scene_run (scene, row->until ? row->until : until);
  if (!turn_notation_compare (notes, expected, FALSE, 0, &seen)) {
    g_printerr ("row %s\n  %s\nmust give\n  %s\nand gives\n%s", row->number,
        row->input, row->output, seen);
    g_test_fail ();
  }
  if (row->chat && strcmp (row->chat, call_scene_chat (scene)) != 0) {
    g_printerr ("row %s must leave\n  %s\nand leaves\n  %s\n", row->number,
        row->chat, call_scene_chat (scene));
    g_test_fail ();
  }
  g_free (seen);
  g_ptr_array_unref (expected);
  turn_scene_free (scene);
}

static void
add_rows (const Row * rows, guint n)
{
  for (guint i = 0; i < n; i++) {
    gchar *path = g_strconcat ("/call/row/", rows[i].number, NULL);

    g_test_add_data_func (path, &rows[i], run_row);
    g_free (path);
  }
}

#define ADD(rows) add_rows (rows, G_N_ELEMENTS (rows))

int
main (int argc, char **argv)
{
  int result;

  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  ADD (first_rows);
  ADD (tool_rows);
  ADD (goodbye_rows);
  ADD (keys_rows);
  ADD (inactivity_rows);
  ADD (limit_rows);
  ADD (end_rows);
  result = g_test_run ();
  gst_deinit ();
  return result;
}
