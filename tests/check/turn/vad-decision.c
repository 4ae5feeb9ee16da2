/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The decision on made-up probabilities. A text stands for them, ten
 * milliseconds a character: `_` 0, `-` 0.65 (between stop and start), `#` 1.
 */
#include "vad-decision.h"

#include <glib.h>

static const gchar *const names[] = { "", "start", "pause", "more", "stop" };

/* What the text leads to, as "start 0 (40); pause …": the true time, and that
 * of the decision. `text` may hold counts: "12# 40_". */
static gchar *
played (const VadSettings * settings, const gchar * text, gboolean finish)
{
  GString *out = g_string_new (NULL);
  VadDecision decision = { 0 };
  gint64 now = 0, when = 0;
  VadEvent event;

  for (; *text; text++) {
    gint64 n = g_ascii_isdigit (*text) ?
        g_ascii_strtoll (text, (gchar **) & text, 10) : 1;
    gfloat p = *text == '#' ? 1.f : *text == '-' ? .65f : 0.f;

    if (*text == ' ')
      continue;
    for (; n > 0; n--, now += VAD_FRAME_MS) {
      event = vad_decision_step (&decision, settings, now, p, &when);
      if (event)
        g_string_append_printf (out, "%s %" G_GINT64_FORMAT " (%"
            G_GINT64_FORMAT "); ", names[event], when, now + VAD_FRAME_MS);
    }
  }
  if (finish && vad_decision_finish (&decision, now, &when))
    g_string_append_printf (out, "end %" G_GINT64_FORMAT "; ", when);
  return g_string_free (out, FALSE);
}

static void
check (const gchar * text, const gchar * expected)
{
  gchar *got = played (&vad_settings_default, text, TRUE);

  g_assert_cmpstr (got, ==, expected);
  g_free (got);
}

static void
speech_and_its_end (void)
{
  check ("50_ 30# 60_", "start 480 (540); pause 720 (860); stop 720 (1200); ");
}

static void
too_short_is_nothing (void)
{
  check ("50_ 3# 50_ 3# _ 3# 60_", "");
  check ("50_ 4# 60_", "start 480 (540); pause 480 (600); stop 480 (940); ");
}

static void
between_the_thresholds (void)
{
  /* It neither begins speech … */
  check ("50_ 100- 60_", "");
  check ("50_ 3# - 3# 60_", "");
  /* … nor ends it, */
  check ("50_ 4# 100- 60_",
      "start 480 (540); pause 1460 (1600); stop 1460 (1940); ");
  /* but it undoes a pause. */
  check ("50_ 30# 10_ 10- 60_", "start 480 (540); pause 720 (860); "
      "more 880 (940); pause 920 (1060); stop 920 (1400); ");
}

static void
short_gaps_are_no_pause (void)
{
  check ("50_ 30# 5_ 30# 60_",
      "start 480 (540); pause 1070 (1210); stop 1070 (1550); ");
}

static void
pause_and_more (void)
{
  check ("50_ 30# 39_ 30# 60_", "start 480 (540); pause 720 (860); "
      "more 1170 (1230); pause 1410 (1550); stop 1410 (1890); ");
  /* One frame more and it is the end, and then a new start. */
  check ("50_ 30# 40_ 30# 60_", "start 480 (540); pause 720 (860); "
      "stop 720 (1200); start 1180 (1240); pause 1420 (1560); "
      "stop 1420 (1900); ");
}

static void
a_click_in_a_pause (void)
{
  /* Too short to undo it: the end stays, but is waited for again. */
  check ("50_ 30# 20_ 3# 60_",
      "start 480 (540); pause 720 (860); stop 720 (1430); ");
}

static void
time_never_goes_back (void)
{
  /* A start at once; and a run so short that its end, less the lag, would lie
   * before its onset. */
  check ("4# 60_", "start 0 (40); pause 0 (100); stop 0 (440); ");
  check ("50_ 30# 6_ 4# 6_ 4# 60_", "start 480 (540); pause 720 (860); "
      "more 840 (900); pause 840 (960); more 940 (1000); pause 940 (1060); "
      "stop 940 (1400); ");
}

static void
the_sound_ends (void)
{
  check ("50_ 30#", "start 480 (540); end 800; ");
  check ("50_ 30# 3_", "start 480 (540); end 720; ");
  check ("50_ 30# 10_", "start 480 (540); pause 720 (860); end 720; ");
  check ("50_ 30# 50_", "start 480 (540); pause 720 (860); stop 720 (1200); ");
  check ("50_", "");
}

static void
settings (void)
{
  VadSettings s = {.start = .6f,.stop = .5f,.min_speech = 0,.pause_after = 500,
    .min_silence = 250
  };
  gchar *got = played (&s, "50_ 10- 60_", TRUE);

  g_assert_cmpstr (got, ==, "start 480 (510); stop 520 (850); ");
  g_free (got);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/vad-decision/speech", speech_and_its_end);
  g_test_add_func ("/vad-decision/too-short", too_short_is_nothing);
  g_test_add_func ("/vad-decision/between", between_the_thresholds);
  g_test_add_func ("/vad-decision/short-gaps", short_gaps_are_no_pause);
  g_test_add_func ("/vad-decision/pause-and-more", pause_and_more);
  g_test_add_func ("/vad-decision/click", a_click_in_a_pause);
  g_test_add_func ("/vad-decision/monotonic", time_never_goes_back);
  g_test_add_func ("/vad-decision/finish", the_sound_ends);
  g_test_add_func ("/vad-decision/settings", settings);
  return g_test_run ();
}
