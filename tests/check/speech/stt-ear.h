/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../lib/provider-scene.h"
#include "provider-peer.h"

#include <gst-voice/session.h>
#include <gst/check/gstharness.h>

/* A recogniser of a service's between a harness and a stand-in for the service:
 * what it is told, and everything that comes out, in its order. */

#define EAR_KEY "Zx81hush"

typedef struct
{
  ProviderPeer *peer;
  GstElement *stt;
  GstHarness *h;
  GstBus *bus;
  GstClockTime now;             /* of the next sample */
  guint rate;
  const gchar *language;        /* (nullable): that finals must be in */

  GMutex lock;
  GCond changed;
  /* lock */
  GString *log;                 /* ~interim| =final| E(nd of turn)| R(eset)| */
  GString *finals;
  GString *times;               /* of words, or of finals without any */
} Ear;

typedef struct
{
  const gchar *fault;
  guint after;
} EarFault;

/* With a stand-in that wants the key and hears "One two three." and then "Four
 * five." */
void ear_open (Ear * ear, const gchar * element, const gchar * more,
    guint rate);
/* The same with a persona that speaks de-DE and knows Okafor and Ibuprofen */
void ear_open_persona (Ear * ear, const gchar * element);
void ear_begin_peer (Ear * ear, const ProviderPeerSettings * settings);
/* @element: with its properties, but for url and api-key */
void ear_begin (Ear * ear, const gchar * element, guint rate);
void ear_end (Ear * ear);

/* What the caller does; @ms is a multiple of 20 */
void ear_push (Ear * ear, guint ms, gboolean loud);
void ear_say (Ear * ear, guint ms);
void ear_be_quiet (Ear * ear, guint ms);
void ear_speech (Ear * ear, const gchar * what);
/* Speech from 7.5 s on for 0.6 s, and from 8.6 s on for @second ms; `vad` says
 * that it is one utterance. */
void ear_say_two (Ear * ear, guint second);
void ear_finish (Ear * ear);

void ear_wait_for (Ear * ear, const gchar * what);
void ear_assert_log (Ear * ear, const gchar * expected);
gboolean ear_was_told (Ear * ear, const gchar * state, const gchar * code);
/* Ends its connections, if there are any. */
GstVoiceUsage ear_usage (Ear * ear);
void ear_assert_heard (Ear * ear, guint ms);
/* From now on: that a minute costs 0.6. Once in a process. */
void ear_set_price (Ear * ear, const gchar * service, const gchar * model);
void ear_assert_fails (Ear * ear, const gchar * code);

/* What holds for all of them. The stand-in hears "One two three." again and
 * again here, and goes on with that whether or not it is told. */
void ear_assert_hears (const gchar * element, const EarFault * fault,
    const gchar * times);
/* In the middle of words: @first is the first interim, @final all of it */
void ear_assert_mends (Ear * ear, const gchar * first, const gchar * final);
void ear_assert_gives_up (const gchar * element, const EarFault * fault,
    const gchar * code, guint requests);
void ear_assert_wants_key (const gchar * element);
