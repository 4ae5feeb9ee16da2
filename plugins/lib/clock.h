/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS
/**
 * GstVoiceClock:
 *
 * Simulated time: a clock that stands still while anything is in flight and
 * then jumps to the next alarm. A minute of conversation takes as long as the
 * machine needs for its work, and every run takes the same decisions in the
 * same order.
 *
 * "In flight" is what holds a #GstVoiceToken: a buffer or serialized event on
 * its way, a job in a queue, an alarm that has been delivered and not yet been
 * dealt with. The clock delivers one alarm at a time, in the order of
 * (time, rank, registration), and waits until all that followed from it has
 * been consumed.
 *
 * Only #GstVoiceAlarm waits on this clock. gst_clock_id_wait() returns at once
 * with %GST_CLOCK_UNSUPPORTED, so a synchronising sink renders immediately.
 * The clock does not move before gst_voice_clock_start().
 */
#define GST_TYPE_VOICE_CLOCK (gst_voice_clock_get_type ())
GST_VOICE_API
G_DECLARE_FINAL_TYPE (GstVoiceClock, gst_voice_clock, GST, VOICE_CLOCK,
    GstClock)

GST_VOICE_API GstClock *gst_voice_clock_new (void);
GST_VOICE_API void gst_voice_clock_start (GstVoiceClock * clock);

/**
 * GstVoiceToken:
 *
 * Keeps simulated time from moving on. On any other clock there are no tokens:
 * gst_voice_token_new() returns %NULL, which every function here takes.
 */
typedef struct _GstVoiceToken GstVoiceToken;

#define GST_TYPE_VOICE_TOKEN (gst_voice_token_get_type ())
GST_VOICE_API GType gst_voice_token_get_type (void);
GST_VOICE_API GstVoiceToken *gst_voice_token_new (GstClock * clock);
GST_VOICE_API GstVoiceToken *gst_voice_token_ref (GstVoiceToken * token);
GST_VOICE_API void gst_voice_token_unref (GstVoiceToken * token);
GST_VOICE_API void gst_voice_token_ride (GstVoiceToken * token,
    GstBuffer * buffer);
GST_VOICE_API GstVoiceToken *gst_voice_token_of_buffer (GstBuffer * buffer);
GST_VOICE_API void gst_voice_token_alight (GstBuffer * buffer);

/**
 * GstVoiceAlarmRank:
 * @GST_VOICE_ALARM_SOURCE: who brings in what happens outside
 * @GST_VOICE_ALARM_PLAYOUT: who plays
 * @GST_VOICE_ALARM_STAGE: whose answer has become due
 * @GST_VOICE_ALARM_DEADLINE: who has waited in vain
 *
 * Who is woken first when several alarms are due at the same simulated time:
 * inputs come before deadlines.
 */
typedef enum
{
  GST_VOICE_ALARM_SOURCE,
  GST_VOICE_ALARM_PLAYOUT,
  GST_VOICE_ALARM_STAGE,
  GST_VOICE_ALARM_DEADLINE,
} GstVoiceAlarmRank;

typedef struct _GstVoiceAlarm GstVoiceAlarm;

/**
 * GstVoiceAlarmFunc:
 * @owner: the owner that gst_voice_alarm_new() was given
 *
 * Called on the clock's thread, which all elements share: it may only take
 * note, wake a thread of its own and return. A token that it takes keeps
 * simulated time until that thread is done.
 */
typedef void (*GstVoiceAlarmFunc) (gpointer owner);

GST_VOICE_API GstVoiceAlarm *gst_voice_alarm_new (GstVoiceAlarmRank rank,
    GstVoiceAlarmFunc func, gpointer owner);
GST_VOICE_API void gst_voice_alarm_free (GstVoiceAlarm * alarm);
GST_VOICE_API void gst_voice_alarm_set_waited (GstVoiceAlarm * alarm);
GST_VOICE_API gboolean gst_voice_alarm_wait (GstVoiceAlarm * alarm,
    GCond * cond, GMutex * mutex);
GST_VOICE_API void gst_voice_alarm_set (GstVoiceAlarm * alarm,
    GstClock * clock, GstClockTime time);
GST_VOICE_API void gst_voice_alarm_clear (GstVoiceAlarm * alarm);
GST_VOICE_API void gst_voice_alarm_call_soon (GstVoiceAlarm * alarm,
    GstElement * element);
GST_VOICE_API void gst_voice_alarm_set_running (GstVoiceAlarm * alarm,
    GstElement * element, GstClockTime running_time);

G_END_DECLS
