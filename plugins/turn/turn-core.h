/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "turn-words.h"

/* Who speaks: decides when the caller has finished and when the agent must
 * stop. The rules, the scenarios and the reasons are in docs/turn-taking.md;
 * a rule's number stands in the code where it is carried out.
 *
 * The core knows no clock, no thread and no GStreamer. It is told what has
 * happened (TurnInput) and says what is to be done (TurnOutput). Times are
 * nanoseconds of running time; -1 is none.
 *
 * How to drive it
 * ---------------
 * One thread owns a core. For everything that happens:
 *
 *     turn_core_input (core, now, &input);
 *     turn_core_advance (core, now);
 *     … wait until turn_core_wake_at (core) or the next input; when it is
 *     time: turn_core_advance (core, now);
 *
 * An input only changes what the core knows. Decisions are made when time is
 * advanced, so that all inputs of one instant count before any timer of it:
 * give all of them, then advance once. Timers that were due before an input
 * fire before it is taken, however late the caller is.
 *
 * Outputs go to the function given to turn_core_new(), one at a time and from
 * within turn_core_input() or turn_core_advance(). That function may, and for
 * an `interrupt` must, hand in what comes of it before it returns, by calling
 * turn_core_input() again: `playout` answers an interruption with `heard` in
 * the same call. Such a nested input counts at once, and nothing that depends
 * on it has been decided before: the turn that follows an interruption is put
 * together only after the interruption was delivered. So the order is always
 * interrupt, heard, (the chat is truncated), commit. In the function only
 * turn_core_input() and the functions that read may be called.
 *
 * Texts in inputs are copied; texts in outputs live until the function returns.
 *
 * Numbers
 * -------
 * The core counts turns, each proposal and each commit having a number of its
 * own: a withdrawn number is never used again, the commit of an outstanding
 * proposal has the proposal's number, every other commit a new one. It raises
 * the generation by one for each interruption. Speeches and tool calls are
 * numbered by others. What carries a generation older than the core's is
 * ignored where it would revive something that was interrupted.
 *
 * What comes from outside is never trusted: unknown speeches and calls, times
 * that go back, pauses without a sound are ignored and counted. Everything is
 * bounded; what does not fit is told by `overflow` (a caller's words then also
 * by `discard`). */

#define TURN_NONE ((gint64) -1)
#define TURN_MS(ms) ((gint64) (ms) * 1000000)

/* The defaults, in milliseconds. */
#define TURN_DELAY_COMPLETE_MS 500
#define TURN_DELAY_UNKNOWN_MS 1000
#define TURN_DELAY_INCOMPLETE_MS 3000
#define TURN_FINAL_WAIT_MS 2000
#define TURN_STT_WAIT_MS 1000
#define TURN_AWAIT_VOICED_MS 500
#define TURN_RUN_MIN_MS 250
#define TURN_HOLD_AFTER_MS 250
#define TURN_INTERRUPT_AFTER_MS 500
#define TURN_FALSE_INTERRUPTION_MS 2000
#define TURN_ANSWER_WINDOW_MS 1000
#define TURN_STUCK_AFTER_MS 8000
#define TURN_STUCK_AFTER_FINALS_MS 30000
#define TURN_STALE_WORDS_MS 3000
#define TURN_MAX_TURN_MS 60000
#define TURN_LATE_FINAL_MS 1500
#define TURN_UNHEARD_MS 1500
#define TURN_UNHEARD_LIMIT 2
#define TURN_PREEMPTIVE_TRIES 3
#define TURN_PREEMPTIVE_LENGTH_MS 10000
#define TURN_DISCONNECT_WAIT_MS 2000
#define TURN_DRAIN_MS 300
#define TURN_HANGUP_DRAIN_MS 10000
#define TURN_GOODBYE_GRACE_MS 5000
#define TURN_FILLER_AFTER_MS 1500
#define TURN_SAY_WAIT_MS 10000
#define TURN_DTMF_TIMEOUT_MS 4000
#define TURN_DTMF_END '#'

/* The keys of a telephone. */
#define TURN_KEYS "0123456789*#ABCD"

typedef struct _TurnCore TurnCore;

typedef enum
{
  TURN_MODE_VAD,                /* sound and words decide */
  TURN_MODE_STT,                /* the recogniser's end of turn commits */
  TURN_MODE_MANUAL,             /* only the application decides */
} TurnMode;

typedef enum
{
  TURN_INTERRUPT_ON_WORDS,
  TURN_INTERRUPT_ON_SPEECH,
} TurnInterruptOn;

typedef struct
{
  TurnMode mode;

  /* R3: from the end of the sound to the commit */
  gint64 delay_complete, delay_unknown, delay_incomplete;
  gint64 final_wait;            /* for the final of an interim, or any words */
  gint64 stt_wait;              /* for the final of sound without words */
  gint64 await_voiced;          /* so much sound without words awaits one */
  gint64 run_min;               /* a run of this length moves the end (R2) */
  gboolean stt_interims;        /* the recogniser gives interims */

  /* R6, R7, R8, R13 */
  gint64 hold_after;            /* -1: never hold */
  gint64 interrupt_after;
  TurnInterruptOn interrupt_on;
  guint min_words;
  gint64 false_interruption;
  gint64 answer_window;

  /* R11, R14 */
  gint64 stuck_after, stuck_after_finals, stale_words, max_turn;
  gint64 late_final;

  /* a sound that was not understood */
  gint64 unheard_after;
  guint unheard_limit;          /* so often in a row it is told to the caller */

  /* R5 */
  gboolean preemptive;
  guint preemptive_tries;
  gint64 preemptive_length;

  /* the end, and what is said without a model */
  gint64 disconnect_wait;
  gint64 drain;                 /* from the last sample to the hangup */
  gint64 hangup_drain;          /* a goodbye not played by then is given up */
  gint64 goodbye_grace;         /* a speech may last so long before a limit */
  gint64 filler_after;          /* where the tool names no other */
  gint64 say_wait;              /* a say not played by then is lost */

  /* R18 */
  gint64 dtmf_timeout;          /* after the last key */
  gchar dtmf_end;               /* the key that ends a number, or 0 */

  /* read by turn_core_new() only */
  guint first_turn;             /* from 1 */
  guint generation;             /* the session's */
} TurnConfig;

typedef enum
{
  TURN_INPUT_SPEECH_START,      /* sound */
  TURN_INPUT_SPEECH_PAUSE,
  TURN_INPUT_SPEECH_MORE,
  TURN_INPUT_SPEECH_STOP,
  TURN_INPUT_INTERIM,           /* transcript */
  TURN_INPUT_FINAL,             /* transcript */
  TURN_INPUT_END_OF_TURN,
  TURN_INPUT_STT_RESET,
  TURN_INPUT_EXPECT,            /* expect */
  TURN_INPUT_SPEECH_BEGINS,     /* begins */
  TURN_INPUT_PLAYING,           /* playing */
  TURN_INPUT_HEARD,             /* heard */
  TURN_INPUT_NO_REPLY,          /* no_reply */
  TURN_INPUT_TOOL_BUSY,         /* tool_busy */
  TURN_INPUT_TOOL_IDLE,         /* tool_idle */
  TURN_INPUT_COMMIT,            /* commit */
  TURN_INPUT_CLEAR,
  TURN_INPUT_INTERRUPT,         /* interrupt */
  TURN_INPUT_SAY,               /* say */
  TURN_INPUT_HANGUP,            /* hangup */
  TURN_INPUT_TEXT,              /* line */
  TURN_INPUT_KEY,               /* key */
  TURN_INPUT_CONTEXT_CHANGED,   /* tools, prompt or variables are others */
  TURN_INPUT_DISCONNECT,
  TURN_INPUT_EOS,
} TurnInputType;

/* What a speech is for. */
typedef enum
{
  TURN_SOURCE_REPLY,
  TURN_SOURCE_GREETING,
  TURN_SOURCE_SAY,
  TURN_SOURCE_REMINDER,
  TURN_SOURCE_FILLER,
  TURN_SOURCE_GOODBYE,
} TurnSource;

/* Who wants the call to end. Only the model can be talked out of it. */
typedef enum
{
  TURN_BY_MODEL,
  TURN_BY_APPLICATION,
  TURN_BY_INACTIVITY,
  TURN_BY_LIMIT,
  TURN_BY_BUDGET,
} TurnBy;

typedef struct
{
  TurnInputType type;
  union
  {
    struct
    {
      gint64 at;                /* true onset or end; none is now */
    } sound;
    struct
    {
      const gchar *text;
      guint segment;            /* the recogniser's, 0 if it has none */
      gint64 start, end;        /* the audio's span, or none */
    } transcript;
    struct
    {
      TurnExpect kind;
      guint length;
    } expect;
    struct
    {
      guint speech;
      guint turn;               /* that it answers, or 0 */
      guint generation;
      TurnSource source;
      gboolean interruptible;
    } begins;
    struct
    {
      guint speech;
    } playing;
    struct
    {
      guint speech;
      const gchar *text;        /* what was heard of it */
      gint64 position;          /* how much was played */
    } heard;
    struct
    {
      guint turn;
      gboolean error;           /* not just empty */
    } no_reply;
    struct
    {
      const gchar *call;
      guint turn;
      guint generation;
      gboolean write;
      const gchar *filler;      /* what to say if it takes long, or NULL */
      gint64 filler_after;      /* or none */
      gboolean keys;            /* it waits for keys */
    } tool_busy;
    struct
    {
      const gchar *call;
      gboolean goes_on;         /* the model will be asked again */
    } tool_idle;
    struct
    {
      gboolean force;           /* without waiting for finals */
    } commit;
    struct
    {
      gboolean force;           /* also what the caller may not interrupt */
    } interrupt;
    struct
    {
      const gchar *text;
      gboolean interruptible;
      TurnSource source;
      gboolean limit;           /* waits for nobody longer than goodbye_grace */
    } say;
    struct
    {
      TurnBy by;
      const gchar *reason;
      gboolean now;             /* not after what is being said */
    } hangup;
    struct
    {
      const gchar *text;
    } line;                     /* written, not spoken */
    struct
    {
      gchar key;                /* one of TURN_KEYS */
    } key;
  };
} TurnInput;

typedef enum
{
  TURN_OUTPUT_COMMIT,           /* commit */
  TURN_OUTPUT_PROPOSE,          /* propose */
  TURN_OUTPUT_WITHDRAW,         /* withdraw */
  TURN_OUTPUT_INTERRUPT,        /* interrupt */
  TURN_OUTPUT_HOLD,             /* hold */
  TURN_OUTPUT_RESUME,           /* hold */
  TURN_OUTPUT_DISCARD,          /* discard */
  TURN_OUTPUT_CORRECT,          /* correct */
  TURN_OUTPUT_UNHEARD,          /* unheard */
  TURN_OUTPUT_SAY,              /* say */
  TURN_OUTPUT_HANGUP,           /* hangup: nothing but discards follow */
  TURN_OUTPUT_REVOKE,           /* the model's hangup is taken back (111) */
  TURN_OUTPUT_BUSY,             /* busy */
  TURN_OUTPUT_IDLE,             /* idle */
  TURN_OUTPUT_OVERFLOW,         /* overflow */
  TURN_OUTPUT_ENDED,            /* after disconnect or eos: as after hangup */
  TURN_OUTPUT_SKIP,             /* skip */
} TurnOutputType;

typedef enum
{
  TURN_COMMIT_END_OF_TURN,
  TURN_COMMIT_KEPT,             /* words that did not interrupt (R9) */
  TURN_COMMIT_LATE,             /* a late final, nothing was heard (R11) */
  TURN_COMMIT_MAX_TURN,
  TURN_COMMIT_ACTION,           /* the application */
  TURN_COMMIT_TEXT,             /* a written line */
  TURN_COMMIT_DISCONNECTED,
  TURN_COMMIT_HANGUP,           /* what was open when the call ended */
  TURN_COMMIT_KEYS,
} TurnCommitReason;

typedef enum
{
  TURN_INTERRUPT_WORDS,
  TURN_INTERRUPT_STOP,
  TURN_INTERRUPT_CONTINUED,
  TURN_INTERRUPT_ACTION,
  TURN_INTERRUPT_LIMIT,
  TURN_INTERRUPT_DISCONNECTED,
  TURN_INTERRUPT_KEYS,
} TurnInterruptReason;

typedef enum
{
  TURN_DISCARD_NO_WORDS,
  TURN_DISCARD_BACK_CHANNEL,
  TURN_DISCARD_DUPLICATE,
  TURN_DISCARD_STUCK,
  TURN_DISCARD_CLEARED,
  TURN_DISCARD_ENDED,
  TURN_DISCARD_OVERFLOW,
} TurnDiscardReason;

typedef enum
{
  TURN_OVERFLOW_WORDS,          /* of the caller */
  TURN_OVERFLOW_SAYS,
  TURN_OVERFLOW_SPEECHES,
  TURN_OVERFLOW_CALLS,
} TurnOverflow;

typedef struct
{
  TurnOutputType type;
  gint64 time;                  /* the core's, when it was decided */
  union
  {
    struct
    {
      guint turn, merges;       /* merges: the turn it replaces, or 0 */
      const gchar *text;        /* with the words of the turn it replaces */
      gint64 start, end;        /* of the caller's sound, or of the words */
      gboolean reply;
      gboolean proposed;        /* this turn was proposed */
      TurnCommitReason reason;
    } commit;
    struct
    {
      guint turn, merges;
      const gchar *text;
    } propose;
    struct
    {
      guint turn;
    } withdraw;
    struct
    {
      guint generation;
      TurnInterruptReason reason;
      gboolean force;           /* also what the caller may not interrupt */
      guint speech;             /* that was audible, or 0 */
    } interrupt;
    struct
    {
      guint speech;             /* 0: the beginning of the next is kept back */
    } hold;
    struct
    {
      TurnDiscardReason reason;
      const gchar *text;        /* may be empty */
    } discard;
    struct
    {
      guint turn;
      const gchar *text;        /* the whole turn, better worded */
    } correct;
    struct
    {
      gint64 voiced;
      gboolean interrupted;     /* the agent was interrupted by it */
      gboolean speak;           /* tell the caller */
    } unheard;
    struct
    {
      const gchar *text;
      gboolean interruptible;
      TurnSource source;
    } say;
    struct
    {
      TurnBy by;
      const gchar *reason;
      gboolean now;
    } hangup;
    struct
    {
      gint64 since;             /* quiet time stands still from here on */
    } busy;
    struct
    {
      gint64 since;             /* quiet time adds up again from here on */
      gboolean reset;           /* from 0 */
    } idle;
    struct
    {
      TurnOverflow what;
    } overflow;
    struct
    {
      gboolean disconnected;    /* else end of stream */
    } ended;
    struct
    {
      guint speech;             /* is not said any more, and nothing else */
    } skip;
  };
} TurnOutput;

typedef void (*TurnOutputFunc) (const TurnOutput * output, gpointer data);

typedef enum
{
  TURN_USER_SILENT,
  TURN_USER_MAYBE,
  TURN_USER_SPEAKING,
  TURN_USER_PAUSING,
  TURN_USER_UNHEARD,
} TurnUserState;

typedef enum
{
  TURN_AGENT_IDLE,
  TURN_AGENT_THINKING,
  TURN_AGENT_SPEAKING,
  TURN_AGENT_HELD,
  TURN_AGENT_ENDING,
} TurnAgentState;

typedef struct
{
  guint late;                   /* inputs of an earlier time */
  guint ignored;                /* inputs that made no sense */
  guint overflows;
} TurnCounters;

void turn_config_init (TurnConfig * config);

TurnCore *turn_core_new (const TurnConfig * config, TurnWords * words,
    TurnOutputFunc output, gpointer data);
void turn_core_free (TurnCore * core);
void turn_core_set_config (TurnCore * core, const TurnConfig * config);
void turn_core_set_words (TurnCore * core, TurnWords * words);

void turn_core_input (TurnCore * core, gint64 now, const TurnInput * input);
void turn_core_advance (TurnCore * core, gint64 now);
gint64 turn_core_wake_at (TurnCore * core);

TurnUserState turn_core_user_state (TurnCore * core);
TurnAgentState turn_core_agent_state (TurnCore * core);
guint turn_core_generation (TurnCore * core);
gchar *turn_core_waiting (TurnCore * core, guint * turn, guint * merges);
void turn_core_counters (TurnCore * core, TurnCounters * counters);
gsize turn_core_held_bytes (TurnCore * core);
