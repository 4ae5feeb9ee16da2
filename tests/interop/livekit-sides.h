/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <client.h>
#include <gst-voice/events.h>
#include <gst/gst.h>

#define SIDE_RATE 16000

/* A pipeline in a room that hears one tone and says another. */
typedef struct
{
  GstElement *pipeline;
  GstBus *bus;

  /* lock */
  GMutex lock;
  GCond cond;
  guint pitch;                  /* that is awaited */
  gdouble share;                /* so much of what is heard is the tone */
  guint heard;                  /* buffers of it in a row */
  guint silent;                 /* buffers without it in a row */
  guint longest;                /* of these, since this was last set to 0 */
  gboolean open;                /* `voice/far` said so */
  gboolean eos;                 /* of what is heard */
} Side;

/* A caller in a process of its own, as the plugin's engine is not ours: it says
 * on its output what it is told and does what its input says. */
typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  GString *told;
} Caller;

void sides_set_server (const gchar * url);
void sides_set_sinks (const gchar * properties);
void sides_new_room (void);
gchar *sides_room (void);

gchar *side_token (const gchar * identity, const gchar * kind);
void side_begin (Side * side, const gchar * identity, const gchar * kind,
    guint hears, guint says, const gchar * more);
void side_end (Side * side);
void side_probe (Side * side, const gchar * element, const gchar * pad,
    GstPadProbeType type, GstPadProbeCallback func);
GstPadProbeReturn side_hear (GstPad * pad, GstPadProbeInfo * info,
    gpointer side);
void side_await_tone (Side * side);
void side_listen_for (Side * side, guint pitch, gdouble share);
void side_await_silence (Side * side);
void side_await_open (Side * side, gboolean open);
GstStructure *side_await_message (Side * side, const gchar * name,
    const gchar * field, const gchar * value);
void side_await_eos (Side * side);
void side_send_event (Side * side, GstVoiceCarrier carrier, GstStructure * s);
void side_caption (Side * side, const gchar * role, guint id,
    const gchar * text, gboolean final);

int caller_main (const gchar * url, const gchar * token);
void caller_come (Caller * caller, const gchar * identity, const gchar * kind);
void caller_go (Caller * caller);
void caller_order (Caller * caller, const gchar * line);
void caller_await (Caller * caller, const gchar * what);
