/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/events.h>
#include <gst-voice/llm.h>
#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>

#define MS GST_MSECOND

/* A language model between a caller and a mouth, on a test clock, and what came
 * out of it on either side since it was last looked at. */
typedef struct
{
  /* to be set before set_up() */
  const gchar *tools;           /* what `toolcall` answers, or NULL */
  gboolean arbiter;             /* whether there is a `turn` */

  GstHarness *h;
  GstElement *llm;
  GstTestClock *clock;
  GstBus *bus;

  /* lock */
  GMutex lock;
  GCond cond;                   /* something more has come out */
  GString *down, *up;
  guint changes;
  guint questions;              /* how often it was asked for tools */
} Fixture;

/* @launch has an element named `llm`; @script, in which ' stands for ", is its
 * script-text, or NULL. */
void set_up (Fixture * f, const gchar * launch, const gchar * script);
void tear_down (Fixture * f);

/* Waits until the element has done all that was given to it. */
void settle (Fixture * f);

/* Lets the clock come to the next timer, waits until that had an effect, and
 * says what time it is, in ms. */
guint crank (Fixture * f);

/* One turn of the caller. */
void hear (Fixture * f, guint turn, guint generation, const gchar * text);
void hear_more (Fixture * f, guint turn, guint generation,
    GstVoiceFlags flags, guint merges, const gchar * text);

void send_ordered (Fixture * f, GstStructure * s);
void send_oob (Fixture * f, GstStructure * s);
void send_upstream (Fixture * f, GstStructure * s);
void interrupt (Fixture * f, guint generation, gboolean force);
void result (Fixture * f, const gchar * id, const gchar * outcome,
    const gchar * json);
void commit (Fixture * f, guint turn, guint merges, const gchar * text);
void playing (Fixture * f, guint speech);
void heard (Fixture * f, guint speech, const gchar * text, gboolean complete);

/* The next report of that name; there must be one. */
GstMessage *pop_report (Fixture * f, const gchar * name);
/* A service has failed with that code, which is all that is said of it: its key
 * is not. */
void assert_told (Fixture * f, const gchar * code);

/* Down: S<speech>:<source> with ! if it is not interruptible, "token",
 * E<speech>, C<id>:<tool><arguments>, H:<reason>, EOS, else the name.
 * Up: say(text), no-reply(turn:reason), expect(kind:length), hangup(reason). */
gchar *take_down (Fixture * f);
gchar *take_up (Fixture * f);
/* The conversation as the model is shown it, in one line. */
gchar *take_chat (Fixture * f);
/* Which codes were posted as warnings. */
gchar *take_warnings (Fixture * f);

/* Waits until that is in what came since it was last taken. */
void wait_down (Fixture * f, const gchar * what);
void wait_up (Fixture * f, const gchar * what);

#define assert_taken(f, what, expected) G_STMT_START { \
  gchar *taken_; \
  settle (f); \
  taken_ = take_##what (f); \
  g_assert_cmpstr (taken_, ==, expected); \
  g_free (taken_); \
} G_STMT_END

#define assert_down(f, expected) assert_taken (f, down, expected)
#define assert_up(f, expected) assert_taken (f, up, expected)
#define assert_chat(f, expected) assert_taken (f, chat, expected)
#define assert_warnings(f, expected) assert_taken (f, warnings, expected)
