/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every event, query, message and journal line of gst-voice in one table, and
 * the functions that make and read them. A structure that is not in the table,
 * or has a field that is not, cannot be made: docs/events.md is the same table
 * and a test compares the two.
 *
 * Threads: any. Locks: none.
 */
#include "events.h"

#include <string.h>

#define TOKEN_FIELD "simulated-time-token"
#define PREFIX "voice/"

#define FIELDS(...) \
  (const GstVoiceFieldInfo[]) { __VA_ARGS__ {NULL, 0, NULL} }
#define STRING(name, doc) {name, GST_VOICE_STRING, doc},
#define UINT(name, doc) {name, GST_VOICE_UINT, doc},
#define BOOLEAN(name, doc) {name, GST_VOICE_BOOLEAN, doc},
#define DOUBLE(name, doc) {name, GST_VOICE_DOUBLE, doc},
#define TIME(name, doc) {name, GST_VOICE_TIME, doc},
#define JSON(name, doc) {name, GST_VOICE_JSON, doc},

#define OOB GST_VOICE_OOB
#define ORDERED GST_VOICE_ORDERED
#define UPSTREAM GST_VOICE_UPSTREAM
#define QUERY GST_VOICE_QUERY
#define MESSAGE GST_VOICE_MESSAGE
#define JOURNAL GST_VOICE_JOURNAL

#define GENERATION UINT ("generation", "that of the input which caused it")
#define SPEECH UINT ("speech", "number of the speech, from 1")
#define TURN UINT ("turn", "number of the turn, from 1")

/* *INDENT-OFF* */
static const GstVoiceEventInfo table[] = {
  /* What the caller does. */
  {"speech-start", OOB | MESSAGE, "vad, openairealtime",
      "The caller has begun to make a sound that is speech.", FIELDS (
        TIME ("running-time", "when it was decided")
        TIME ("onset", "when the sound began"))},
  {"speech-pause", OOB | MESSAGE, "vad, openairealtime",
      "The sound has paused; it may go on before `speech-stop`.", FIELDS (
        TIME ("running-time", "when it was decided")
        TIME ("end", "when the sound ended"))},
  {"speech-more", OOB | MESSAGE, "vad",
      "The sound goes on after a pause.", FIELDS (
        TIME ("running-time", "when it was decided")
        TIME ("onset", "when the sound began again"))},
  {"speech-stop", OOB | MESSAGE, "vad, openairealtime",
      "The sound is over.", FIELDS (
        TIME ("running-time", "when it was decided")
        TIME ("end", "when the sound ended"))},
  {"interim", OOB | MESSAGE, "speech recognisers",
      "What the recogniser believes so far; replaced by the next interim or by "
      "the final of the same segment.", FIELDS (
        STRING ("text", "the words")
        UINT ("segment", "the recogniser's segment, from 1")
        TIME ("start", "beginning of the audio, or none")
        TIME ("end", "end of the audio, or none")
        DOUBLE ("confidence", "0 to 1, negative if unknown")
        STRING ("language", "BCP 47, or empty"))},
  {"final", MESSAGE | JOURNAL, "speech recognisers",
      "What the recogniser has settled on. In the pipeline it is a buffer of "
      "text.", FIELDS (
        STRING ("text", "the words")
        UINT ("segment", "the recogniser's segment, from 1")
        TIME ("start", "beginning of the audio, or none")
        TIME ("end", "end of the audio, or none")
        DOUBLE ("confidence", "0 to 1, negative if unknown")
        STRING ("language", "BCP 47, or empty")
        STRING ("provider", "the element's factory")
        JSON ("words", "array of [word, start, end] with times in seconds"))},
  {"end-of-turn", OOB, "speech recognisers",
      "The recogniser's own detector says that the caller has finished.",
      FIELDS (
        DOUBLE ("confidence", "0 to 1, negative if unknown"))},
  {"stt-reset", OOB | MESSAGE | JOURNAL, "speech recognisers, fallback",
      "The recogniser has started anew: interims that stand are void.", FIELDS (
        STRING ("reason", "why"))},
  {"transcript", OOB, "turn, playout",
      "Captions, for sinks that publish them: a segment as often as its words "
      "change, the caller's ten times a second at most. A turn that goes on "
      "with an earlier one is that one's segment again; a segment that ends "
      "empty is taken back.", FIELDS (
        STRING ("role", "`user` or `assistant`")
        STRING ("text", "the words of this segment so far")
        BOOLEAN ("final", "whether they will not change any more")
        UINT ("id", "of the segment: a speech; or the turn, unless words "
          "before it came to nothing")
        TIME ("start", "beginning in running time, or none")
        TIME ("end", "end in running time, or none"))},

  {"caller", MESSAGE, "callersrc",
      "A caller from a file begins to say something.", FIELDS (
        STRING ("text", "the words, or empty if they are not known")
        BOOLEAN ("synthetic", "whether a machine speaks and no human")
        TIME ("duration", "of the sound"))},

  {"disconnected", OOB | MESSAGE | JOURNAL, "sources",
      "The caller has left; EOS follows.", FIELDS (
        STRING ("reason", "what is known of it"))},

  /* The other side, beside its voice. */
  {"participant", ORDERED | QUERY | MESSAGE | JOURNAL,
      "livekitsrc, told by voiceagent; language models",
      "Who is followed has joined, has changed, or has left. `voiceagent` "
      "makes variables of it: `participant_identity`, `participant_name`, "
      "`participant_kind` and each attribute; texts of the persona are what "
      "they are with these from then on. As a query: has it come, or will it? "
      "Asked upstream by a language model whose greeting names a variable that "
      "nobody knows, answered by `livekitsrc`; until it has come the greeting "
      "waits. Without an answer it never comes.", FIELDS (
        STRING ("identity", "unique in the room")
        STRING ("name", "to be shown, or empty")
        STRING ("kind", "`standard`, `sip`, `agent`, `ingress`, `egress` or "
          "another")
        JSON ("attributes", "object of strings")
        STRING ("metadata", "of the participant, or empty")
        STRING ("change", "`joined`, `changed` or `left`")
        STRING ("reason", "why it has left, as far as is known, or empty: "
          "`user-unavailable` and `user-rejected` are a telephone's")
        BOOLEAN ("known", "whether it has come; only in an answer"))},
  {"typed", ORDERED | MESSAGE, "livekitsrc and callersrc, told by turn",
      "The other side has written something; `turn` makes it a turn.", FIELDS (
        STRING ("text", "the line")
        STRING ("source", "`chat`"))},
  {"dtmf", OOB | MESSAGE | JOURNAL, "livekitsrc, told by turn",
      "The other side has pressed a key. `turn` collects the keys to a turn, "
      "or the tool `collect_digits` does.", FIELDS (
        STRING ("digit", "one of `0` to `9`, `*`, `#`, `A` to `D`"))},
  {"send-dtmf", ORDERED | MESSAGE | JOURNAL, "toolcall, playout",
      "Keys are to be pressed for the other side's ears.", FIELDS (
        STRING ("digits", "of `0` to `9`, `*`, `#`, `A` to `D`"))},

  /* What `turn` decides. */
  {"turn", UPSTREAM | MESSAGE | JOURNAL, "turn",
      "The caller has finished. In the pipeline it is a buffer of text, or, if "
      "that was proposed before, `commit`.", FIELDS (
        TURN
        STRING ("text", "what the caller said")
        TIME ("start", "beginning of the audio, or none")
        TIME ("end", "end of the audio, or none")
        UINT ("merges", "the earlier turn that this one replaces, or 0")
        BOOLEAN ("reply", "whether it will be answered")
        STRING ("reason", "why it was decided now")
        GENERATION)},
  {"propose", MESSAGE | JOURNAL, "turn",
      "A turn is sent ahead although the caller may still go on.", FIELDS (
        TURN
        STRING ("text", "what the caller said so far"))},
  {"commit", ORDERED, "turn",
      "The turn that went ahead is confirmed: what was prepared for it may be "
      "heard and done.", FIELDS (
        TURN
        UINT ("merges", "the earlier turn that this one replaces, or 0")
        STRING ("text", "the final wording, which differs in case and "
          "punctuation at most")
        GENERATION)},
  {"withdraw", OOB | MESSAGE | JOURNAL, "turn",
      "The turn that went ahead is taken back; its number is not used again.",
      FIELDS (
        TURN)},
  {"interrupt", OOB | MESSAGE | JOURNAL, "turn",
      "The agent must stop: what has an older generation is dropped, however "
      "late it comes.", FIELDS (
        UINT ("generation", "what is not older than this goes on")
        STRING ("reason", "`words`, `stop`, `continued`, `action`, `limit`, "
          "`disconnected` or `keys`")
        BOOLEAN ("force", "also drops what may not be interrupted by voice")
        UINT ("speech", "the speech that was audible, or 0"))},
  {"hold", OOB | MESSAGE | JOURNAL, "turn",
      "The agent pauses without losing a sample.", FIELDS (
        SPEECH)},
  {"resume", OOB | MESSAGE | JOURNAL, "turn",
      "The agent goes on from the sample at which it was held.", FIELDS (
        SPEECH)},
  {"skip", OOB | MESSAGE | JOURNAL, "turn",
      "A speech is not said any more; nothing else is dropped. So it is when "
      "keys are pressed for a tool while the agent still asks for them.",
      FIELDS (
        SPEECH)},
  {"discard", MESSAGE | JOURNAL, "turn",
      "A sound or words that are no turn.", FIELDS (
        STRING ("reason", "`no-words`, `backchannel`, `duplicate`, `stuck`, "
          "`cleared` or `ended`")
        STRING ("text", "the words, or empty"))},
  {"action", OOB, "applications",
      "What an application wants of `turn`; made by its action signals.",
      FIELDS (
        STRING ("what", "`interrupt`, `commit`, `clear` or `text`")
        STRING ("text", "the line that was written")
        BOOLEAN ("force", "also what may not be interrupted; without waiting "
          "for finals"))},
  {"correct", ORDERED | MESSAGE | JOURNAL, "turn",
      "A late final words a turn differently that has been committed.", FIELDS (
        TURN
        STRING ("text", "the better wording"))},
  {"unheard", ORDERED | MESSAGE | JOURNAL, "turn",
      "The caller has spoken for long and was not understood: the language "
      "model says so, or goes on from where it was interrupted.", FIELDS (
        TIME ("voiced", "how long the sound was")
        BOOLEAN ("interrupted", "whether the agent was interrupted by it")
        GENERATION)},
  {"no-reply", UPSTREAM | MESSAGE | JOURNAL, "language models",
      "A turn was not answered.", FIELDS (
        TURN
        STRING ("reason", "`error` or `empty`"))},
  {"expect", UPSTREAM, "language models",
      "What kind of answer the agent has just asked for.", FIELDS (
        STRING ("kind", "`yes-no`, `digits`, `spelling`, `email`, `name` or "
          "`open`")
        UINT ("length", "how many digits or letters, or 0"))},
  {"busy", UPSTREAM, "turn, toolcall, playout",
      "Silence of the caller does not count from now on.", FIELDS (
        STRING ("by", "`turn`, `tool` or `playout`")
        STRING ("id", "of the tool call, or empty")
        STRING ("access", "of the tool: `read` or `write`, or empty")
        TURN
        STRING ("filler", "what to say if it takes long, or empty")
        TIME ("filler-after", "how long to wait before saying it, or none")
        BOOLEAN ("keys", "of a tool: whether it takes the keys pressed")
        TIME ("since", "of `turn`: from when on; none is now")
        GENERATION)},
  {"idle", UPSTREAM, "turn, toolcall, playout",
      "What made it busy is over.", FIELDS (
        STRING ("by", "`turn`, `tool` or `playout`")
        STRING ("id", "of the tool call, or empty")
        BOOLEAN ("goes-on", "of a tool: whether the model will be asked "
          "again")
        TIME ("since", "of `turn`: from when on; none is now")
        BOOLEAN ("reset", "of `turn`: whether silence counts from 0"))},

  /* What the agent says. */
  {"speech", ORDERED | UPSTREAM | MESSAGE | JOURNAL,
      "language models, synthesisers",
      "The agent begins to say something; its text follows. Sent both ways, so "
      "that `turn` knows of it.", FIELDS (
        SPEECH
        TURN
        STRING ("source", "`reply`, `greeting`, `say`, `reminder`, `filler` or "
          "`goodbye`")
        BOOLEAN ("interruptible", "whether the caller's voice may stop it")
        GENERATION)},
  {"speech-end", ORDERED, "language models, synthesisers",
      "The speech has no more text.", FIELDS (
        SPEECH
        GENERATION)},
  {"say", OOB | ORDERED | UPSTREAM | MESSAGE | JOURNAL,
      "applications, fallback, inactivity, sessionlimit, toolcall, turn",
      "Something is to be said. The next `turn` decides when; the first "
      "language model or synthesiser behind it speaks it.", FIELDS (
        STRING ("text", "the words")
        BOOLEAN ("interruptible", "whether the caller's voice may stop it")
        STRING ("source", "see `speech`")
        GENERATION)},
  {"note", OOB | ORDERED | UPSTREAM | MESSAGE | JOURNAL,
        "sessionlimit, applications",
      "A remark for the language model that nobody hears.", FIELDS (
        STRING ("text", "the remark"))},
  {"playing", UPSTREAM | MESSAGE | JOURNAL, "playout",
      "The first sample of a speech is played.", FIELDS (
        SPEECH
        TURN
        TIME ("running-time", "when"))},
  {"played", UPSTREAM, "playout",
      "How loud the agent is; `vad` knows its echo by it. Told for each 100 ms "
      "of sound, when it has been played.", FIELDS (
        TIME ("running-time", "when the first step was played")
        STRING ("levels", "a character for each step of 10 ms: its code is 126 "
          "and the level in dBFS between 220 and 3400 Hz, at least 32"))},
  {"words", ORDERED | MESSAGE, "playout",
      "A word has been heard.", FIELDS (
        SPEECH
        STRING ("text", "all that was heard of the speech so far, as written")
        TIME ("position", "how much of the speech was played"))},
  {"heard", UPSTREAM | MESSAGE | JOURNAL, "playout",
      "A speech is over: this much of it reached the caller.", FIELDS (
        SPEECH
        STRING ("text", "what was heard, as written")
        STRING ("rest", "what was written and not heard, as far as it is "
          "known")
        BOOLEAN ("complete", "whether all of it was heard")
        TIME ("position", "how much was played")
        GENERATION)},
  {"underrun", MESSAGE | JOURNAL, "playout",
      "Synthesis was late in the middle of a speech.", FIELDS (
        SPEECH
        TIME ("position", "how much of the speech had been played")
        TIME ("lasted", "how long the caller heard silence"))},

  /* Tools. */
  {"tool-call", ORDERED | MESSAGE | JOURNAL, "language models",
      "The model wants a tool to run.", FIELDS (
        STRING ("id", "of the call, unique in the session")
        STRING ("name", "of the tool")
        JSON ("arguments", "object")
        TURN
        SPEECH
        UINT ("step", "of the turn, from 1")
        UINT ("calls", "how many calls the step has")
        STRING ("access", "`read` or `write`; not in events")
        BOOLEAN ("proposed", "whether it waits for the `commit` of its turn; "
          "only in events")
        GENERATION)},
  {"tool-result", UPSTREAM | MESSAGE | JOURNAL, "toolcall",
      "What came of a call.", FIELDS (
        STRING ("id", "of the call")
        STRING ("name", "of the tool")
        JSON ("json", "the result, or `{\"error\": {\"code\", \"message\"}}`")
        STRING ("outcome", "`ok`, `invalid`, `error`, `timeout`, `cancelled`, "
          "`running` or `late`")
        TIME ("took", "from start to result")
        BOOLEAN ("last", "whether the model is not to be asked again"))},

  {"tool-attempt", JOURNAL, "toolcall",
      "A request of an http tool begins or is over. The first attempt begins "
      "with its `tool-call`.", FIELDS (
        STRING ("id", "of the call")
        STRING ("key", "by which the service knows a repetition; the same for "
          "all attempts")
        UINT ("attempt", "from 1")
        STRING ("what", "`request`, or `status`: the service was asked what "
          "became of it")
        STRING ("outcome", "`begun`, `done`, `not-done` or `unknown`")
        STRING ("code", "of an error"))},

  /* The end. */
  {"hangup", OOB | ORDERED | UPSTREAM | MESSAGE | JOURNAL,
      "toolcall, inactivity, sessionlimit, applications, fallback, turn",
      "The call is to end.", FIELDS (
        STRING ("reason", "`completed`, `inactivity`, `limit`, `budget`, "
          "`application`, `disconnected` or `error`")
        STRING ("by", "`model`, `inactivity`, `limit`, `budget` or "
          "`application`")
        BOOLEAN ("now", "at once, and not after what is being said"))},
  {"hangup-revoked", MESSAGE | JOURNAL, "turn",
      "The model's hangup is taken back: the caller has one more thing.",
      FIELDS (
        STRING ("reason", "of the hangup"))},
  {"end", UPSTREAM, "playout",
      "All has been said after a `hangup`; the next buffer from the source is "
      "answered with EOS.", FIELDS (
        STRING ("reason", "see `hangup`"))},
  {"ended", MESSAGE, "voiceagent",
      "The call is over.", FIELDS (
        STRING ("reason", "see `hangup`"))},
  {"inactivity", MESSAGE | JOURNAL, "inactivity",
      "The caller has been silent for long.", FIELDS (
        UINT ("reminder", "which reminder is given, or 0 for hanging up")
        TIME ("quiet", "how long nothing was said"))},
  {"session-limit", MESSAGE | JOURNAL, "sessionlimit",
      "The call is nearly as long, or uses nearly as much, as it may.", FIELDS (
        STRING ("what", "`time`, `tokens`, `tool-calls`, `cost` or "
          "`same-reply`")
        STRING ("stage", "`warning`, `goodbye` or `hard`"))},

  /* About the call. */
  {"session-started", MESSAGE | JOURNAL, "all",
      "The first line of the journal.", FIELDS (
        STRING ("call-id", "unique")
        STRING ("persona", "its name")
        STRING ("caller", "the caller's number, or empty")
        STRING ("called", "the number called, or empty")
        STRING ("time-zone", "IANA name")
        STRING ("version", "of gst-voice")
        BOOLEAN ("simulated", "whether time was simulated"))},
  {"session-ended", MESSAGE | JOURNAL, "all",
      "The last line of the journal.", FIELDS (
        STRING ("reason", "see `hangup`")
        TIME ("duration", "of the call")
        UINT ("turns", "of the caller")
        UINT ("interruptions", "of the agent")
        UINT ("tokens-in", "read by language models")
        UINT ("tokens-out", "written by language models")
        UINT ("characters", "synthesised")
        TIME ("recognised", "audio that was recognised")
        UINT ("tool-calls", "that were run")
        DOUBLE ("cost", "of all providers"))},
  {"agent", MESSAGE | JOURNAL, "voiceagent",
      "A persona takes the call.", FIELDS (
        STRING ("persona", "its name")
        STRING ("pipeline", "its description"))},
  {"variable", MESSAGE | JOURNAL, "all",
      "A variable of the call was set.", FIELDS (
        STRING ("name", "of the variable")
        STRING ("value", "its value"))},
  {"turn-metrics", MESSAGE | JOURNAL, "playout",
      "Where the time between the end of a turn and the reply went.", FIELDS (
        TURN
        SPEECH
        TIME ("end-of-speech", "when the caller's sound ended, in running "
          "time, or none")
        TIME ("final", "from there to the last final")
        TIME ("commit", "from the end of speech to the commit")
        TIME ("first-token", "from the commit to the first token; 0 if it was "
          "there before")
        TIME ("first-sentence", "from the first token to the first sentence")
        TIME ("first-audio", "from the first sentence to its first sample")
        TIME ("playing", "from the end of speech to the first sample played")
        TIME ("provider", "of all that, waiting for providers")
        TIME ("own", "of all that, our own stages"))},
  {"usage", MESSAGE | JOURNAL, "providers",
      "What a request has used.", FIELDS (
        STRING ("provider", "the element's factory")
        STRING ("model", "or empty")
        UINT ("tokens-in", "read")
        UINT ("tokens-cached", "of them, read from the provider's cache")
        UINT ("tokens-out", "written")
        UINT ("characters", "synthesised")
        TIME ("audio", "synthesised, or recognised, as the service counts it: "
          "the sound that it got, or how long the connection stood")
        DOUBLE ("cost", "in the currency of the prices")
        BOOLEAN ("estimated", "the service has not told the tokens, since it "
          "was cut off: they are reckoned by the length of the texts")
        TURN)},
  {"provider", MESSAGE | JOURNAL, "providers, fallback",
      "A provider failed, was replaced, or is well again.", FIELDS (
        STRING ("provider", "the element's factory")
        STRING ("state", "`failed`, `switched` or `healthy`")
        STRING ("code", "see the errors, or empty")
        STRING ("text", "what happened"))},
  {"recording", MESSAGE | JOURNAL, "callrecorder",
      "A recording has begun, ended, or failed.", FIELDS (
        STRING ("state", "`started`, `paused`, `resumed`, `stopped`, "
          "`failed` or `overflow`")
        STRING ("location", "the file")
        TIME ("running-time", "when")
        TIME ("duration", "of what is in the file")
        TIME ("lost", "audio that could not be written in time"))},
  {"room", MESSAGE | JOURNAL, "livekitsrc, livekitsink",
      "Our participant's place in a room has changed. From whichever of the "
      "two has the address. The times are none while they are not known.",
      FIELDS (
        STRING ("state", "`joined`, `reconnecting`, `reconnected` or `left`")
        STRING ("reason", "what is known of it, or empty")
        STRING ("room", "its name")
        STRING ("sid", "of the room")
        STRING ("identity", "ours")
        TIME ("join", "from the wish to join to being in the room")
        TIME ("subscriber", "from the wish to join to the path for hearing")
        TIME ("publisher", "from the wish to join to the path for speaking")
        TIME ("first-packet", "from the wish to join to our first packet of "
          "sound"))},
  {"answer", MESSAGE, "voicertcsrc",
      "What is to be told to whoever has made the offer.", FIELDS (
        STRING ("sdp", "a session description with all candidates of ours"))},
  {"peer", MESSAGE | JOURNAL, "voicertcsrc",
      "The path to a caller by WebRTC has changed. The times are none while "
      "they are not known.", FIELDS (
        STRING ("state", "`connected`, `closed` by the caller, or `lost`")
        STRING ("reason", "what is known of it, or empty")
        TIME ("connect", "from the offer to the path")
        TIME ("first-packet", "from the offer to our first packet of voice"))},
  {"rpc", MESSAGE, "livekitsrc",
      "What came of a call of a method of somebody in the room.", FIELDS (
        UINT ("id", "of the call, as `call-rpc` has told it")
        STRING ("identity", "who was called")
        STRING ("method", "what was called")
        STRING ("payload", "the answer, or empty")
        UINT ("code", "what went wrong, as LiveKit numbers it, or 0")
        STRING ("text", "likewise for people, or empty"))},
  {"network", MESSAGE | JOURNAL, "livekitsrc, livekitsink, voicertcsrc, "
      "voicertcsink",
      "How the network is, every 10 s and at the end. What an element does "
      "not know is left out.", FIELDS (
        TIME ("delay", "that the jitter buffer adds to the fastest packet")
        TIME ("target", "the delay that it wants")
        TIME ("jitter", "of what comes (RFC 3550)")
        UINT ("received", "packets, since the call's begin as all counts")
        UINT ("lost", "packets that were not there at their turn")
        UINT ("late", "of them, those that came after it")
        UINT ("concealed", "pieces made up for what was not there")
        UINT ("repaired", "pieces restored by the packet after them")
        UINT ("dropped", "packets forged, repeated or malformed")
        UINT ("sent", "packets of ours")
        TIME ("round-trip", "to the other side of our path, or none")
        DOUBLE ("loss", "of our packets, 0 to 1, as last reported, or "
          "negative"))},
  {"overflow", MESSAGE | JOURNAL, "all",
      "A bounded queue was full; the oldest was dropped.", FIELDS (
        STRING ("what", "what was dropped")
        STRING ("element", "where")
        TIME ("lost", "how much audio, or none"))},
  {"fault", MESSAGE | JOURNAL, "all",
      "Something went wrong and the call goes on, or ends by it.", FIELDS (
        STRING ("element", "where")
        STRING ("code", "see the errors")
        STRING ("text", "what and why")
        BOOLEAN ("fatal", "whether the call ends by it"))},

  /* Questions. */
  {"tools", QUERY, "language models",
      "Which tools are there? Asked downstream, answered by `toolcall`.",
      FIELDS (
        JSON ("tools", "array of {name, description, parameters}"))},
  {"arbiter", QUERY, "language models",
      "Is there somebody who decides when something is said? Asked upstream, "
      "answered by `turn`.", FIELDS (
        BOOLEAN ("present", "always true in an answer"))},
  {"stt-wait", QUERY, "turn",
      "How long after the end of a sound may its final come? Asked upstream, "
      "answered by recognisers that know it.", FIELDS (
        TIME ("wait", "the 99th percentile"))},
  {"ahead", QUERY, "synthesisers",
      "How much sound waits to be played? Asked downstream, answered by "
      "`playout`.", FIELDS (
        TIME ("ahead", "duration"))},
  {"far", QUERY | UPSTREAM, "playout, livekitsink, voicertcsink",
      "Is there somebody who hears, and how much later than what we give out? "
      "Asked downstream by `playout` at the start and when a speech is to "
      "begin; answered by "
      "`livekitsink`, which also tells upstream when the answer changes. "
      "While it is not open no speech begins. No answer is open without "
      "delay.", FIELDS (
        BOOLEAN ("open", "whether a speech may begin")
        TIME ("delay", "from our sink's input to the other side's ear"))},
};
/* *INDENT-ON* */

/**
 * gst_voice_event_table:
 * @n: (out): the number of rows
 *
 * Returns: (transfer none): all that travels between the elements
 */
const GstVoiceEventInfo *
gst_voice_event_table (guint * n)
{
  *n = G_N_ELEMENTS (table);
  return table;
}

/**
 * gst_voice_event_info:
 * @name: with or without "voice/"
 *
 * Returns: (transfer none) (nullable): its row
 */
const GstVoiceEventInfo *
gst_voice_event_info (const gchar * name)
{
  if (g_str_has_prefix (name, PREFIX))
    name += strlen (PREFIX);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    if (strcmp (table[i].name, name) == 0)
      return &table[i];
  }
  return NULL;
}

/**
 * gst_voice_event_field:
 * @info: a row
 * @field: a field's name
 *
 * Returns: (transfer none) (nullable): what the row says of the field
 */
const GstVoiceFieldInfo *
gst_voice_event_field (const GstVoiceEventInfo * info, const gchar * field)
{
  for (const GstVoiceFieldInfo * f = info->fields; f->name; f++) {
    if (strcmp (f->name, field) == 0)
      return f;
  }
  return NULL;
}

static void
set_field (GstStructure * structure, const GstVoiceFieldInfo * field,
    va_list * values)
{
  switch (field->type) {
    case GST_VOICE_STRING:
    case GST_VOICE_JSON:{
      const gchar *text = va_arg (*values, const gchar *);

      gst_structure_set (structure, field->name, G_TYPE_STRING,
          text ? text : "", NULL);
      break;
    }
    case GST_VOICE_UINT:
      gst_structure_set (structure, field->name, G_TYPE_UINT,
          va_arg (*values, guint), NULL);
      break;
    case GST_VOICE_BOOLEAN:
      gst_structure_set (structure, field->name, G_TYPE_BOOLEAN,
          va_arg (*values, gboolean), NULL);
      break;
    case GST_VOICE_DOUBLE:
      gst_structure_set (structure, field->name, G_TYPE_DOUBLE,
          va_arg (*values, gdouble), NULL);
      break;
    case GST_VOICE_TIME:
      gst_structure_set (structure, field->name, GST_TYPE_CLOCK_TIME,
          va_arg (*values, GstClockTime), NULL);
      break;
  }
}

/**
 * gst_voice_structure_new:
 * @name: a name of the table, without "voice/"
 * @...: fields of the table, each followed by its value in the C type that
 *   the table gives it, and a final %NULL
 *
 * A name or field that the table does not have is a programming error; the
 * structure then ends before that field.
 *
 * Returns: (transfer full): the structure, named "voice/" and @name
 */
GstStructure *
gst_voice_structure_new (const gchar * name, ...)
{
  const GstVoiceEventInfo *info = gst_voice_event_info (name);
  gchar full[64];
  GstStructure *structure;
  const gchar *key;
  va_list values;

  g_snprintf (full, sizeof full, PREFIX "%s", name);
  structure = gst_structure_new_empty (full);
  g_return_val_if_fail (info != NULL, structure);
  va_start (values, name);
  while ((key = va_arg (values, const gchar *)))
  {
    const GstVoiceFieldInfo *field = gst_voice_event_field (info, key);

    if (!field) {
      g_critical ("%s has no field '%s'", full, key);
      break;
    }
    set_field (structure, field, &values);
  }
  va_end (values);
  return structure;
}

/**
 * gst_voice_event_new:
 * @carrier: %GST_VOICE_OOB, %GST_VOICE_ORDERED or %GST_VOICE_UPSTREAM
 * @token: (nullable): holds simulated time until the event is consumed; out of
 *   band and upstream events are consumed while they are being sent and need
 *   none
 * @structure: (transfer full): from gst_voice_structure_new()
 *
 * Returns: (transfer full): an event
 */
GstEvent *
gst_voice_event_new (GstVoiceCarrier carrier, GstVoiceToken * token,
    GstStructure * structure)
{
  const GstVoiceEventInfo *info =
      gst_voice_event_info (gst_structure_get_name (structure));

  if (!info || !(info->carriers & carrier))
    g_critical ("%s is not carried that way",
        gst_structure_get_name (structure));
  if (token)
    gst_structure_set (structure, TOKEN_FIELD, GST_TYPE_VOICE_TOKEN, token,
        NULL);
  return gst_event_new_custom (carrier == GST_VOICE_OOB ?
      GST_EVENT_CUSTOM_DOWNSTREAM_OOB : carrier == GST_VOICE_ORDERED ?
      GST_EVENT_CUSTOM_DOWNSTREAM : GST_EVENT_CUSTOM_UPSTREAM, structure);
}

/**
 * gst_voice_query_new:
 * @name: a query of the table, without "voice/"
 *
 * Returns: (transfer full): a query whose structure has no field yet
 */
GstQuery *
gst_voice_query_new (const gchar * name)
{
  return gst_query_new_custom (GST_QUERY_CUSTOM, gst_voice_structure_new (name,
          NULL));
}

/**
 * gst_voice_query_is:
 * @query: any query
 * @name: without "voice/"
 *
 * Returns: whether it is ours and of that name
 */
gboolean
gst_voice_query_is (GstQuery * query, const gchar * name)
{
  const GstStructure *structure;

  if (GST_QUERY_TYPE (query) != GST_QUERY_CUSTOM)
    return FALSE;
  structure = gst_query_get_structure (query);
  return structure && g_str_has_prefix (gst_structure_get_name (structure),
      PREFIX) && strcmp (gst_structure_get_name (structure)
      + strlen (PREFIX), name) == 0;
}

/**
 * gst_voice_event_parse:
 * @event: any event
 *
 * Returns: (transfer none) (nullable): its structure if it is one of ours
 */
const GstStructure *
gst_voice_event_parse (GstEvent * event)
{
  const GstStructure *structure;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CUSTOM_DOWNSTREAM_OOB:
    case GST_EVENT_CUSTOM_DOWNSTREAM:
    case GST_EVENT_CUSTOM_UPSTREAM:
      structure = gst_event_get_structure (event);
      return structure && g_str_has_prefix (gst_structure_get_name (structure),
          PREFIX) ? structure : NULL;
    default:
      return NULL;
  }
}

/**
 * gst_voice_event_is:
 * @event: any event
 * @name: without "voice/"
 *
 * Returns: whether it is ours and of that name
 */
gboolean
gst_voice_event_is (GstEvent * event, const gchar * name)
{
  const GstStructure *structure = gst_voice_event_parse (event);

  return structure && strcmp (gst_structure_get_name (structure)
      + strlen (PREFIX), name) == 0;
}

/**
 * gst_voice_event_token:
 * @event: any event
 *
 * Returns: (transfer full) (nullable): the token that rides in it
 */
GstVoiceToken *
gst_voice_event_token (GstEvent * event)
{
  const GstStructure *structure = gst_voice_event_parse (event);
  const GValue *value;

  if (!structure)
    return NULL;
  value = gst_structure_get_value (structure, TOKEN_FIELD);
  return value ? g_value_dup_boxed (value) : NULL;
}

/**
 * gst_voice_event_alight:
 * @event: (transfer full): an event
 *
 * To be called by who keeps an event until something else has been done: only
 * that is work under way.
 *
 * Returns: (transfer full): the event, without its token
 */
GstEvent *
gst_voice_event_alight (GstEvent * event)
{
  GstVoiceToken *token = gst_voice_event_token (event);

  if (!token)
    return event;
  event = gst_event_make_writable (event);
  gst_structure_remove_field (gst_event_writable_structure (event),
      TOKEN_FIELD);
  gst_voice_token_unref (token);
  return event;
}

/**
 * gst_voice_structure_uint:
 * @structure: a structure
 * @field: a field
 *
 * Returns: its value, or 0
 */
guint
gst_voice_structure_uint (const GstStructure * structure, const gchar * field)
{
  guint value = 0;

  gst_structure_get_uint (structure, field, &value);
  return value;
}

/**
 * gst_voice_structure_boolean:
 * @structure: a structure
 * @field: a field
 *
 * Returns: its value, or %FALSE
 */
gboolean
gst_voice_structure_boolean (const GstStructure * structure,
    const gchar * field)
{
  gboolean value = FALSE;

  gst_structure_get_boolean (structure, field, &value);
  return value;
}

/**
 * gst_voice_structure_double:
 * @structure: a structure
 * @field: a field
 *
 * Returns: its value, or -1
 */
gdouble
gst_voice_structure_double (const GstStructure * structure, const gchar * field)
{
  gdouble value = -1;

  gst_structure_get_double (structure, field, &value);
  return value;
}

/**
 * gst_voice_structure_time:
 * @structure: a structure
 * @field: a field
 *
 * Returns: its value, or %GST_CLOCK_TIME_NONE
 */
GstClockTime
gst_voice_structure_time (const GstStructure * structure, const gchar * field)
{
  GstClockTime value = GST_CLOCK_TIME_NONE;

  gst_structure_get_clock_time (structure, field, &value);
  return value;
}

/**
 * gst_voice_structure_string:
 * @structure: a structure
 * @field: a field
 *
 * Returns: (transfer none): its value, or the empty string
 */
const gchar *
gst_voice_structure_string (const GstStructure * structure, const gchar * field)
{
  const gchar *value = gst_structure_get_string (structure, field);

  return value ? value : "";
}
