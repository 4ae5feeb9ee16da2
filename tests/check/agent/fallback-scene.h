/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/events.h>
#include <gst-voice/llm.h>
#include <gst-voice/stt.h>
#include <gst-voice/tts.h>

#define MS GST_MSECOND

/* What a double does wrong, the first time that it works. */
typedef enum
{
  WELL,
  REFUSES,                      /* fails at once */
  SILENT,                       /* never begins */
  STALLS,                       /* says no more after `after` words */
  BREAKS,                       /* fails then */
  DIES,                         /* posts an ERROR then */
} Fault;

/* Doubles on the base classes: words are "w1", "w2", … A model writes `words`
 * of them, one every 50 ms; a synthesiser speaks one in 300 ms of sound of that
 * level and 100 ms of silence, four times faster than they sound; a recogniser
 * hears them. */
GstElement *double_model (Fault fault, guint after, guint words);
GstElement *double_voice (Fault fault, guint after);
GstElement *double_ears (Fault fault, guint after);
void double_model_repeat (GstElement * model, guint from);
void double_model_call (GstElement * model, const gchar * tool);
void double_voice_mute_times (GstElement * voice);
void double_voice_late_times (GstElement * voice);
void double_voice_cost_at_end (GstElement * voice);
guint double_asked (GstElement * element);

/* A `fallback` in a pipeline under simulated time, and what came of it. */
typedef struct
{
  GstElement *pipeline, *fallback;
  GstClock *clock;
  GstPad *in, *out;

  guint interrupts_at;          /* a word at which the caller interrupts */

  /* lock */
  GMutex lock;
  GCond cond;
  GString *text;                /* words that came out, and E at an end */
  GString *told;                /* warnings, errors, switches, upstream */
  GString *words;               /* when they sound */
  guint characters;             /* paid for */
  gdouble cost;                 /* of them */
  guint level, run;             /* of sound: the word, and its samples */
  guint rate;
  GstClockTime first, plays_until, silence, last;
  gboolean over;
} Scene;

void scene_init (Scene * scene, const gchar * properties, ...)
G_GNUC_NULL_TERMINATED;         /* GstElement children */
void scene_start (Scene * scene, const gchar * caps);
void scene_say (Scene * scene, guint turn, const gchar * text);
void scene_speak (Scene * scene, guint speech, ...) G_GNUC_NULL_TERMINATED;
void scene_hear (Scene * scene, guint utterances, guint words);
void scene_wait (Scene * scene);
void scene_wait_cost (Scene * scene, gdouble cost);
void scene_clear (Scene * scene);
