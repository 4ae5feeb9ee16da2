/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/clock.h>
#include <gst-voice/events.h>
#include <gst-voice/session.h>
#include <gst/check/gsttestclock.h>

#include "http-peer.h"

/* In headers and the environment; must not be told to anybody. */
#define SECRET "Zx81hush"
#define PATIENCE (30 * G_TIME_SPAN_SECOND)
#define MS GST_MSECOND

/* `toolcall` between a model and a mouth, with a journal. In all texts an
 * apostrophe stands for a quotation mark, PEER for the peer's address and HOST
 * for the part of it that faults name. */
typedef struct
{
  /* may be set before set_up() */
  gboolean arbiter;             /* whether there is a `turn` */
  gboolean simulated;           /* time begins with run() */
  gboolean ledger;              /* attempts stand in expect_journal() */
  const gchar *script;          /* of a peer, or NULL */

  HttpPeer *peer;
  GstElement *element;
  GstPad *model, *mouth;
  GstClock *clock;
  GstVoiceSession *session;
  GstBus *bus;
  gchar *dir, *journal;

  GMutex lock;
  GCond cond;
  /* lock */
  GString *up;                  /* what has come out upstream */
  guint lines;
  GString *down;
} Fixture;

/* @tools: the property, or NULL; @settings: further properties, or NULL */
void set_up (Fixture * f, const gchar * tools, const gchar * settings);
void tear_down (Fixture * f);
/* All but the session and the journal. */
void stop (Fixture * f);

void send (Fixture * f, GstVoiceCarrier carrier, GstStructure * s);
void call (Fixture * f, const gchar * id, const gchar * name,
    const gchar * arguments);
/* One of @calls of a step. */
void call_of (Fixture * f, guint turn, guint step, guint calls,
    const gchar * id, const gchar * name, const gchar * arguments);
void propose (Fixture * f, guint turn, const gchar * id, const gchar * name,
    const gchar * arguments);
void commit (Fixture * f, guint turn);
void withdraw (Fixture * f, guint turn);
void interrupt (Fixture * f, guint generation);

/* Waits for as many lines, and compares. One line each:
 *   busy ID read|write "filler" AFTER [keys]      AFTER in ms, or -1
 *   idle ID [goes-on]
 *   result ID OUTCOME JSON [last]
 *   say SOURCE "text"
 *   hangup REASON
 * In simulated time they begin with the time in ms. */
void expect_up (Fixture * f, const gchar * expected);
/* All that has come and was not looked at; waits for @lines of them. */
gchar *take_up (Fixture * f, guint lines);
gchar *take_down (Fixture * f);

/* Tool calls and results in the journal:
 *   call ID NAME read|write ARGUMENTS
 *   result ID OUTCOME JSON
 *   fault CODE TEXT
 *   request|status ID KEY ATTEMPT OUTCOME CODE
 *   TYPE                               of other lines */
void expect_journal (Fixture * f, const gchar * expected);
/* Waits for so many lines. */
void wait_journal (Fixture * f, guint lines);

/* Waits until an alarm is set to that time, and lets the clock come to it. */
void crank_to (Fixture * f, guint ms);

typedef void (*Action) (Fixture * f, gpointer data);

/* In simulated time: what is to be done when. */
void at (Fixture * f, guint ms, Action action, gpointer data);
/* Lets time run until @ms. */
void run (Fixture * f, guint ms);

guint stat_of (Fixture * f, const gchar * name);
/* The message of the ERROR that starting with these tools posts. */
void assert_refused (const gchar * tools, const gchar * pattern);
/* NULL or the value of a header of the N-th request. */
const gchar *sent_header (Fixture * f, guint n, const gchar * name);
gchar *sent_body (Fixture * f, guint n);

/* docs/tools.md, and the JSON in it, with a NULL at the end. */
gchar *read_docs (void);
gchar **read_docs_json (void);

int tool_test_run (void);
