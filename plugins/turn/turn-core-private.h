/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-core.h"

/* What the files of the core share. turn-core.c takes inputs, asks every
 * decision when it is due, and delivers outputs; a decision is a pair of
 * functions: `…_at` tells when it is due, from the state alone, the other
 * carries it out. So no timer is ever armed, cancelled or forgotten.
 *
 *   turn-sound.c       the caller's sound: runs, voiced time, distrust
 *   turn-transcript.c  the caller's words: interims, finals, late finals
 *   turn-caller.c      the caller's turn: its end, proposals, kept words
 *   turn-commit.c      what becomes of a turn in the chat: commit, merge
 *   turn-agent.c       what the agent says and does: hold, resume, interrupt
 *   turn-say.c         what is said without a model, and the hangup
 *   turn-keys.c        the keys that the caller presses */

#define TURN_NOW G_MININT64
#define TURN_NEVER G_MAXINT64

/* What is held at most of anything. */
#define TURN_MAX_TEXT 16384     /* bytes of one turn */
#define TURN_MAX_PARTS 32
#define TURN_MAX_RUNS 16
#define TURN_MAX_SPANS 64
#define TURN_MAX_KEPT 16
#define TURN_MAX_LINES 8
#define TURN_MAX_SPEECHES 16
#define TURN_MAX_SAYS 16
#define TURN_MAX_CALLS 32
#define TURN_MAX_KEYS 64
#define TURN_MAX_CALL_ID 256

/* A span may lie so far before its turn, since onsets are found late. */
#define TURN_SPAN_SLACK TURN_MS (1000)

typedef struct
{
  gint64 start, end;            /* none: TURN_NONE */
} TurnSpan;

/* The caller's sound, from start to stop. */
typedef struct
{
  gboolean on;
  gboolean run;                 /* it does not pause */
  gboolean distrusted;          /* R14, until its stop */
  gboolean fresh;               /* a run that began since the last resume */
  gint64 onset, run_onset;
  gint64 voiced, voiced_from;   /* R1: of earlier runs; counted from */
  gint64 last_onset, last_end;  /* of any trusted run */
} TurnSound;

/* A final, or an interim that waits for its final. */
typedef struct
{
  gchar *text, *normal;
  guint n_words;
  guint segment, epoch;
  TurnSpan span;
  gboolean final;
  gboolean taken;               /* an interim whose final did not come */
  gboolean before_end;          /* known at the provider's end of turn */
} TurnPart;

/* What the words of a turn are, derived from its parts. */
typedef struct
{
  gboolean valid;
  guint merges;
  gchar *text, *normal;         /* with the words that lead the turn */
  guint n_own, n_own_final;     /* words of the turn itself */
  gboolean cover, cover_final;  /* they are back-channel by their class */
  gboolean stop;
  TurnText judged;
} TurnLook;

typedef enum
{
  TURN_CLOSE_NO,
  TURN_CLOSE_STUCK,
  TURN_CLOSE_MAX_TURN,
} TurnClose;

/* The turn that the caller has begun and that is not decided. */
typedef struct
{
  gboolean open;
  gint64 onset;
  gboolean by_words;            /* it began without a sound */
  gboolean words_only;          /* its sound is distrusted */
  TurnPart parts[TURN_MAX_PARTS];
  guint n_parts;
  TurnLook look;

  TurnSpan runs[TURN_MAX_RUNS];
  guint n_runs;
  gint64 voiced;                /* of all runs that have ended */
  gint64 end_long, end_any;     /* R2: of the last long run, of the last */
  gint64 last_arrival;          /* of a transcript */
  gint64 known_until;           /* what was said before has its final */
  gint64 voice_after_word;      /* when the sound went on after the last word */
  gboolean interims_seen;
  gboolean awaits_reset;        /* a reset has voided interims */

  gboolean ended;               /* the provider says so */
  gboolean ended_with_words;    /* and some were known then */
  gint64 ended_at, ended_words_at;
  gint64 commit_at;             /* the application says so */
  gboolean commit_force;
  TurnClose closing;

  gboolean interrupted;         /* it has interrupted the agent */
  gboolean begun;               /* the three below are known */
  gboolean over;                /* R13: it began over an agent not idle */
  gboolean over_greeting;
  guint begin_speech;           /* and this far into this speech */
  gint64 begin_position;
  guint tries;                  /* R5 */
  gboolean no_propose;
} TurnCaller;

typedef struct
{
  guint turn;                   /* 0: none outstanding */
  guint merges;
  gchar *normal;
  gboolean failed;              /* it will have no reply */
} TurnProposal;

/* Words that may not interrupt (R9), late finals (R11), and answers that may
 * yet turn out to be one (R13). */
typedef struct
{
  gchar *text;
  guint speech;                 /* whose end they wait for, or 0 */
  gboolean late;
  gboolean candidate;           /* only if begun in the answer window */
  gint64 begin_position;
  TurnSpan span;
} TurnKept;

/* The last committed turn. */
typedef struct
{
  guint turn;                   /* 0: none */
  TurnPart parts[TURN_MAX_PARTS];       /* those `taken` can be corrected */
  guint n_parts;
  gchar *normal;
  TurnSpan span;
  gint64 time;
  gboolean unspanned;           /* not every final of it had a span */
  gboolean reply;
  TurnExpect expect;
  guint expect_length;

  /* what has come after it (R10) */
  gboolean heard, tool_done, write_begun, answered;
  guint unreported;             /* a cut speech that is still to be heard of */
} TurnLast;

typedef struct
{
  guint id, turn;
  TurnSource source;
  gboolean interruptible;
  gboolean said;                /* it came of a say */
  gboolean playing;
  gboolean cut;                 /* interrupted: only `heard` is awaited */
  gint64 played, played_since;  /* how much of it was; since when it goes on */
} TurnSpeech;

typedef struct
{
  gchar *id;
  gboolean write;
  gboolean keys;                /* it waits for keys */
  gboolean orphan;              /* a write whose turn was interrupted */
  gint64 since;
  gchar *filler;
  gint64 filler_after;
} TurnCall;

typedef struct
{
  gchar *text;                  /* NULL once it is under way */
  gboolean interruptible, limit;
  gboolean after_turn;          /* not before the caller's turn is decided */
  TurnSource source;
  gint64 at;                    /* when it was queued or sent */
} TurnSay;

typedef struct
{
  TurnSpeech speeches[TURN_MAX_SPEECHES];
  guint n_speeches;
  TurnCall calls[TURN_MAX_CALLS];
  guint n_calls;
  TurnSay queue[TURN_MAX_SAYS], flight[TURN_MAX_SAYS];
  guint n_queue, n_flight;

  guint reply;                  /* a reply to this turn is awaited */
  gboolean awaits_reply;
  gboolean filled;              /* this step has had its filler */

  gboolean held;
  guint held_speech;            /* 0: the beginning of the next */
  gint64 held_at, resumed_at;

  guint last_speech;            /* that was heard to its end */
  gint64 last_position, last_heard;
  gint64 progress;              /* when anything was last said or begun */

  gboolean active;              /* since, and until, when it was not idle */
  gint64 since, until;

  gboolean cut_wanted, cut_force;       /* the application interrupts */
} TurnAgent;

typedef struct
{
  gboolean pending, now;
  TurnBy by;
  gchar *reason;
  gint64 at;
} TurnHangup;

/* R16: what the outputs `busy` and `idle` say. */
typedef struct
{
  gboolean busy, agent_busy, reset;
  gint64 turn_over, agent_over; /* from here on neither would be */
} TurnQuiet;

/* What the caller has written, or keyed in. */
typedef struct
{
  gchar *text;
  TurnCommitReason reason;
} TurnLine;

/* Keys that are no turn yet. */
typedef struct
{
  gchar text[TURN_MAX_KEYS];
  guint n;
  gint64 at;                    /* of the last one */
  gboolean done;                /* by the key for that */
  gboolean stops;               /* the agent is to be stopped by one */
  gboolean to_tool;             /* a tool has had some */
} TurnKeys;

/* In the order in which decisions that are due at once are made. */
typedef enum
{
  TURN_DECIDE_LEAVE,            /* the caller is gone: interrupt */
  TURN_DECIDE_LIMIT,
  TURN_DECIDE_CUT,
  TURN_DECIDE_KEY_STOPS,
  TURN_DECIDE_SKIP,
  TURN_DECIDE_WORDS,
  TURN_DECIDE_WITHDRAW,
  TURN_DECIDE_KEYS,
  TURN_DECIDE_LINE,
  TURN_DECIDE_STUCK,
  TURN_DECIDE_STALE,
  TURN_DECIDE_MAX_TURN,
  TURN_DECIDE_RESUME,
  TURN_DECIDE_HOLD,
  TURN_DECIDE_KEPT,
  TURN_DECIDE_END,
  TURN_DECIDE_SAY,
  TURN_DECIDE_SAY_LOST,
  TURN_DECIDE_FILLER,
  TURN_DECIDE_PROPOSE,
  TURN_DECIDE_HANGUP,
  TURN_DECIDE_ENDED,
  TURN_DECIDE_QUIET,
  TURN_N_DECISIONS,
} TurnDecision;

typedef struct
{
  gint64 at;
  guint64 armed;                /* order in which they were set */
} TurnTimer;

struct _TurnCore
{
  /* set once in turn_core_new() */
  TurnOutputFunc output;
  gpointer data;

  TurnConfig config;
  TurnWords *words;
  gint64 now;
  gboolean running;             /* an output is being delivered */
  GQueue outputs;
  TurnTimer timers[TURN_N_DECISIONS];
  guint64 armed;
  TurnCounters counters;

  guint generation, next_turn;
  gboolean disconnected, eos, ended;
  gint64 disconnected_at;

  TurnSound sound;
  TurnCaller turn;
  TurnProposal proposal;
  TurnLast last;
  TurnKept kept[TURN_MAX_KEPT];
  guint n_kept;
  TurnLine lines[TURN_MAX_LINES];
  guint n_lines;
  TurnKeys keys;
  TurnAgent agent;
  TurnHangup hangup;
  gboolean revoked;             /* the model's hangup was, once */
  TurnQuiet quiet;

  guint epoch;                  /* of the recogniser's segments */
  gint64 reset_at, cleared_at, word_at;
  gint64 cleared_until;         /* a final of what was cleared may come */
  gint64 late_at;               /* when new words came late */
  TurnSpan spans[TURN_MAX_SPANS];       /* of finals: a ring */
  guint n_spans;
  gboolean expecting;
  TurnExpect expect;
  guint expect_length;
  guint unheard;                /* so often in a row */
};

/* turn-core.c */
void turn_push (TurnCore * core, const TurnOutput * output);
void turn_discard (TurnCore * core, TurnDiscardReason reason,
    const gchar * text);
void turn_overflow (TurnCore * core, TurnOverflow what);
void turn_ignore (TurnCore * core);
gboolean turn_is_manual (TurnCore * core);

/* turn-sound.c */
void turn_sound_start (TurnCore * core, gint64 at);
void turn_sound_pause (TurnCore * core, gint64 at);
void turn_sound_more (TurnCore * core, gint64 at);
void turn_sound_stop (TurnCore * core, gint64 at);
void turn_sound_cease (TurnCore * core);
void turn_sound_restart (TurnCore * core);
void turn_sound_split (TurnCore * core);
gboolean turn_sound_goes_on (TurnCore * core);
gint64 turn_sound_voiced_at (TurnCore * core, gint64 amount);
gint64 turn_stuck_at (TurnCore * core);
void turn_stuck (TurnCore * core);
gint64 turn_stale_at (TurnCore * core);
void turn_stale (TurnCore * core);
gint64 turn_max_turn_at (TurnCore * core);
void turn_max_turn (TurnCore * core);

/* turn-transcript.c */
void turn_part_clear (TurnPart * part);
void turn_transcript (TurnCore * core, const TurnInput * input);
void turn_end_of_turn (TurnCore * core);
void turn_stt_reset (TurnCore * core);
void turn_clear_words (TurnCore * core);
gboolean turn_has_interims (TurnCore * core);
gboolean turn_take_interims (TurnCore * core);
gint64 turn_unknown_voice (TurnCore * core);
void turn_look_invalidate (TurnCore * core);
const TurnLook *turn_look (TurnCore * core);
gchar *turn_own_text (TurnCore * core);

/* turn-caller.c */
void turn_open (TurnCore * core, gint64 onset, gboolean by_words);
void turn_note_begin (TurnCore * core, gint64 at);
void turn_close (TurnCore * core, gint64 quiet_from);
gint64 turn_end_of_sound (TurnCore * core);
gboolean turn_is_back_channel (TurnCore * core);
gint64 turn_end_at (TurnCore * core);
void turn_end (TurnCore * core);
gint64 turn_propose_at (TurnCore * core);
void turn_propose (TurnCore * core);
gint64 turn_withdraw_at (TurnCore * core);
void turn_withdraw (TurnCore * core);
void turn_explicit_commit (TurnCore * core, gboolean force);
void turn_line (TurnCore * core, const gchar * text, TurnCommitReason reason);
gint64 turn_line_at (TurnCore * core);
void turn_line_now (TurnCore * core);

/* turn-commit.c */
guint turn_merges (TurnCore * core);
gchar *turn_lead (TurnCore * core, const gchar * own, guint merges);
void turn_commit (TurnCore * core, const gchar * own, TurnSpan span,
    gboolean voice, TurnCommitReason reason);
void turn_last_clear (TurnLast * last);
gchar *turn_last_text (const TurnLast * last);
gboolean turn_keep (TurnCore * core, const gchar * text, guint speech,
    TurnSpan span);
void turn_kept_clear (TurnKept * kept);
void turn_kept_heard (TurnCore * core, guint speech, gint64 position);
void turn_kept_cut (TurnCore * core, guint speech);
gint64 turn_kept_at (TurnCore * core);
void turn_kept_now (TurnCore * core);

/* turn-agent.c */
TurnSpeech *turn_playing (TurnCore * core);
gboolean turn_is_thinking (TurnCore * core);
gboolean turn_agent_is_idle (TurnCore * core);
gboolean turn_has_speech (TurnCore * core, guint id);
gboolean turn_has_speech_of (TurnCore * core, guint turn);
gboolean turn_has_speeches (TurnCore * core);
gboolean turn_was_active (TurnCore * core, gint64 at);
gint64 turn_position (TurnCore * core, gint64 at);
void turn_track (TurnCore * core);
void turn_speech_begins (TurnCore * core, const TurnInput * input);
void turn_speech_playing (TurnCore * core, guint id);
void turn_speech_heard (TurnCore * core, const TurnInput * input);
void turn_cut_speech (TurnCore * core, TurnSpeech * speech);
void turn_drop_speeches_of (TurnCore * core, guint turn);
void turn_no_reply (TurnCore * core, guint turn);
void turn_tool_busy (TurnCore * core, const TurnInput * input);
void turn_tool_idle (TurnCore * core, const TurnInput * input);
void turn_call_clear (TurnCall * call);
void turn_interrupt (TurnCore * core, TurnInterruptReason reason,
    gboolean force);
void turn_interrupt_by_caller (TurnCore * core);
gint64 turn_words_at (TurnCore * core);
void turn_words_now (TurnCore * core);
gint64 turn_cut_at (TurnCore * core);
void turn_cut (TurnCore * core);
gint64 turn_leave_at (TurnCore * core);
void turn_leave (TurnCore * core);
gint64 turn_hold_at (TurnCore * core);
void turn_hold (TurnCore * core);
gint64 turn_resume_at (TurnCore * core);
void turn_resume (TurnCore * core);

/* turn-say.c */
void turn_say (TurnCore * core, const TurnInput * input);
void turn_say_clear (TurnSay * say);
void turn_says_cut (TurnCore * core, gboolean voice, gboolean force);
void turn_says_drop (TurnCore * core);
gboolean turn_says_wait (TurnCore * core);
void turn_says_skip (TurnCore * core);
gboolean turn_says_begin (TurnCore * core, TurnSource source);
gboolean turn_says_survive (TurnCore * core, TurnSource source);
void turn_says_flush (TurnCore * core);
gint64 turn_say_at (TurnCore * core);
void turn_say_now (TurnCore * core);
gint64 turn_say_lost_at (TurnCore * core);
void turn_say_lost (TurnCore * core);
gint64 turn_filler_at (TurnCore * core);
void turn_filler (TurnCore * core);
gint64 turn_limit_at (TurnCore * core);
void turn_limit (TurnCore * core);
void turn_hang_up (TurnCore * core, const TurnInput * input);
gboolean turn_hangup_is_revocable (TurnCore * core);
void turn_revoke (TurnCore * core);
gint64 turn_hangup_at (TurnCore * core);
void turn_hangup (TurnCore * core);

/* turn-keys.c */
void turn_key (TurnCore * core, gchar key);
gboolean turn_has_keys (TurnCore * core);
gchar *turn_take_keys (TurnCore * core);
gint64 turn_key_stops_at (TurnCore * core);
void turn_key_stops (TurnCore * core);
gint64 turn_keys_at (TurnCore * core);
void turn_keys_now (TurnCore * core);
gint64 turn_skip_at (TurnCore * core);
void turn_skip (TurnCore * core);
