/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "realtime-answer.h"
#include "realtime-mind.h"

G_BEGIN_DECLS

#define REALTIME_MAX_WRITTEN 16

enum
{
  REALTIME_TIMER_OWN_ANSWER,
                /* the service was to begin it by itself */
  REALTIME_TIMER_AGAIN,         /* it could not be begun */
  REALTIME_TIMER_RENEW,
};

typedef struct
{
  gchar *id;                    /* as the base calls it */
  gchar *call_id, *item;        /* as the service does */
  gchar *told;                  /* nullable: the result that it knows */
} RealtimeCall;

struct _GstVoiceRealtimeMind
{
  GstVoiceLlm parent;

  /* set once; has its own rules */
  GstVoiceProvider *provider;
  const RealtimeEnds *ends;
  gpointer ears, mouth;

  gint waiting;                 /* atomic: bytes of sound for the task */

  /* state changes only, read by the task */
  const RealtimeOptions *now;

  /* task only, and state changes while it does not run */
  GstVoiceLink *link;           /* nullable */
  gboolean open, ready, expecting;
  gboolean failed;              /* for good */
  gboolean hung_up;
  guint attempts;
  gint64 opened_us, asked_us;
  gchar *session;               /* nullable: what was asked for last */

  GByteArray *kept;             /* the sound up to @total */
  guint64 total;                /* samples that the ears have given */
  guint64 sent;                 /* up to here over this connection */
  guint64 base;                 /* the first that went over it */
  guint64 committed;            /* up to here it is an item */
  guint64 needed;               /* from here on it would be sent again */
  gboolean speaking;            /* the caller */
  guint owed;                   /* words of what the caller said */
  gboolean finishing;

  GQueue answers;               /* of RealtimeAnswer, in order */
  guint n_asked;
  gboolean own_answer;          /* the service is about to begin one */
  gboolean blocked;             /* it said that it is answering something */
  guint awaits;                 /* the request that it is for, or 0 */

  GPtrArray *calls;             /* of RealtimeCall */
  guint n_notes;                /* of the conversation, that it knows */
  guint written[REALTIME_MAX_WRITTEN];  /* a ring: turns that were not spoken */
  guint n_written;
};

/* realtime-answers.c: what the agent says */
RealtimeAnswer *realtime_active (GstVoiceRealtimeMind * self);
RealtimeAnswer *realtime_early (GstVoiceRealtimeMind * self);
RealtimeAnswer *realtime_of_request (GstVoiceRealtimeMind * self,
    guint request);
RealtimeAnswer *realtime_of_speech (GstVoiceRealtimeMind * self, guint speech);
void realtime_tidy (GstVoiceRealtimeMind * self);
void realtime_cancel (GstVoiceRealtimeMind * self, RealtimeAnswer * a);
void realtime_settle (GstVoiceRealtimeMind * self, RealtimeAnswer * a,
    guint ms);
void realtime_drop (GstVoiceRealtimeMind * self, RealtimeAnswer * a);
void realtime_drop_early (GstVoiceRealtimeMind * self);
void realtime_go_on (GstVoiceRealtimeMind * self);
RealtimeAnswer *realtime_add (GstVoiceRealtimeMind * self, guint ask);
RealtimeAnswer *realtime_asked (GstVoiceRealtimeMind * self, guint ask);
GError *realtime_error_of (const OpenaiRealtimeEvent * e);
void realtime_fail (GstVoiceRealtimeMind * self, RealtimeAnswer * a,
    GError * error);
void realtime_claim (GstVoiceRealtimeMind * self, RealtimeAnswer * a,
    guint request, guint turn);
void realtime_take_created (GstVoiceRealtimeMind * self,
    const OpenaiRealtimeEvent * e);
void realtime_take_piece (GstVoiceRealtimeMind * self, OpenaiRealtimeEvent * e);

/* realtime-session.c: the connection */
void realtime_send (GstVoiceRealtimeMind * self, gchar * event);
void realtime_watch (GstVoiceRealtimeMind * self);
void realtime_update (GstVoiceRealtimeMind * self);
void realtime_connect (GstVoiceRealtimeMind * self, guint delay);
void realtime_let_go (GstVoiceRealtimeMind * self);
void realtime_timer (GstVoiceStage * stage, guint id);

/* realtime-sound.c: what the caller says */
void realtime_tell_ears (GstVoiceRealtimeMind * self, OpenaiRealtimeType type,
    const gchar * item, const gchar * text, gint64 sample);
void realtime_check_finished (GstVoiceRealtimeMind * self);
gboolean realtime_is_own (GstVoiceRealtimeMind * self);
void realtime_take_sound (GstVoiceStage * stage, gpointer data);
void realtime_take_onset (GstVoiceStage * stage, gpointer data);
void realtime_take_stop (GstVoiceStage * stage, gpointer data);
void realtime_take_finish (GstVoiceStage * stage, gpointer data);
gint64 realtime_sample_of (GstVoiceRealtimeMind * self, gint64 ms);
void realtime_take_started (GstVoiceRealtimeMind * self,
    const OpenaiRealtimeEvent * e);
void realtime_take_committed (GstVoiceRealtimeMind * self,
    const OpenaiRealtimeEvent * e);
void realtime_take_heard (GstVoiceRealtimeMind * self,
    const OpenaiRealtimeEvent * e);
void realtime_resume_sound (GstVoiceRealtimeMind * self);

G_END_DECLS
