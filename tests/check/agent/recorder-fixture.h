/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define MS GST_MSECOND
#define CALLER 0
#define AGENT 1
#define PATIENCE (30 * GST_SECOND)
/* To be asked for the rate that was coded: else opusdec leaks its caps. */
#define OPUS "oggdemux ! opusdec"

/* A call recorder, what is linked to it, and what it has written. */
typedef struct
{
  gchar *dir, *location;
  GstElement *recorder;
  GstBus *bus;
  GstPad *src[2];
  gboolean live;
  /* after load () */
  gint16 *frames;
  gsize n;
} Fixture;

void set_up (Fixture * self, gconstpointer suffix);
void link_side (Fixture * self, guint side);
void unlink_side (Fixture * self, guint side);
void play (Fixture * self);
void stop (Fixture * self);
void tear_down (Fixture * self, gconstpointer unused);
void send_caps (Fixture * self, guint side, guint rate);
void begin (Fixture * self, guint side, guint rate);
void begin_both (Fixture * self, guint caller_rate, guint agent_rate);
gint16 mark (guint side, guint64 position);
gint16 tone (guint side, gdouble seconds);
GstBuffer *marked (guint side, GstClockTime time, guint n);
void push_buffer (Fixture * self, guint side, GstBuffer * buffer);
void push_marks (Fixture * self, guint side, GstClockTime from,
    GstClockTime to);
void push_tone (Fixture * self, guint side, guint rate, GstClockTime from,
    GstClockTime to);
void end (Fixture * self, guint side);
void wait_eos (Fixture * self);
void end_both (Fixture * self);
gboolean is_recording (GstMessage * message, const gchar * state);
void expect_state (Fixture * self, const gchar * state, GstStructure ** fields);
guint64 field (GstStructure * s, const gchar * name);
guint64 stat_of (Fixture * self, const gchar * name);
gboolean has_failed (Fixture * self);
gint16 *decode (const gchar * location, const gchar * decoder, guint rate,
    gsize * n);
void load (Fixture * self, guint rate);
void expect_marks (Fixture * self, guint side, GstClockTime start,
    GstClockTime from, GstClockTime to, gboolean sound);
gdouble worst_tone (Fixture * self, guint side, guint rate, gdouble from,
    gdouble to);
