/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who is listened to while people come and go, in virtual time. A scene is a
 * row of steps: `+anna` comes, `-anna` is lost, `!anna` hangs up, `~anna`
 * changes, `.` is a second; `sip1=ringing` is a telephone with that status,
 * and `-sip1=3` one that leaves for that reason.
 */
#include <follow-core.h>
#include <stdlib.h>
#include <string.h>

#define SECOND G_GINT64_CONSTANT (1000000000)
#define KINDS (1u << LIVEKIT_KIND_STANDARD | 1u << LIVEKIT_KIND_SIP)

typedef struct
{
  FollowCore *core;
  gint64 now;
  guint changes;
  GString *told;
} Fixture;

static LivekitParticipant *
make (const gchar * identity)
{
  gchar *sid = g_strconcat ("PA_", identity, NULL);
  LivekitParticipant *participant = livekit_participant_new (sid, identity);
  LivekitTrack *track = g_new0 (LivekitTrack, 1);

  track->sid = g_strconcat ("TR_", identity, NULL);
  track->name = g_strdup ("");
  track->mime = g_strdup ("audio/opus");
  track->mid = g_strdup ("");
  track->stream = g_strdup ("");
  track->type = LIVEKIT_TRACK_AUDIO;
  track->source = LIVEKIT_SOURCE_MICROPHONE;
  g_ptr_array_add (participant->tracks, track);
  if (g_str_has_prefix (identity, "sip"))
    participant->kind = LIVEKIT_KIND_SIP;
  if (g_str_has_prefix (identity, "agent"))
    participant->kind = LIVEKIT_KIND_AGENT;
  g_free (sid);
  return participant;
}

static void
take_notes (Fixture * f)
{
  static const gchar *const signs[] = { "+", "~", "-", "mute:", "end" };
  FollowNote *note;

  while ((note = follow_core_pop (f->core))) {
    g_string_append_printf (f->told, "%s%s%s ", signs[note->type],
        note->participant ? note->participant->identity : "",
        note->identity ? note->identity : "");
    follow_note_free (note);
  }
}

static void
play (Fixture * f, const gchar * scene)
{
  gchar **steps = g_strsplit (scene, " ", -1);

  for (gchar ** step = steps; *step; step++) {
    gchar sign = **step;

    if (sign == '.') {
      f->now += SECOND;
      follow_core_tick (f->core, f->now);
    } else if (sign) {
      gchar **parts = g_strsplit (*step + 1, "=", 2);
      LivekitParticipant *p = make (parts[0]);

      if (parts[1] && sign == '-')
        p->reason = atoi (parts[1]);
      else if (parts[1])
        g_hash_table_insert (p->attributes, g_strdup ("sip.callStatus"),
            g_strdup (parts[1]));
      g_strfreev (parts);
      if (sign == '!')
        p->reason = LIVEKIT_REASON_CLIENT_INITIATED;
      if (sign == '~' && !strchr (*step, '=')) {
        g_free (p->name);
        p->name = g_strdup_printf ("%u", ++f->changes);
      }
      follow_core_participant (f->core, p, sign == '+' || sign == '~', f->now);
      livekit_participant_free (p);
    }
    take_notes (f);
  }
  g_strfreev (steps);
}

static void
check (const FollowSettings * settings, const gchar * scene,
    const gchar * expected)
{
  Fixture f = { follow_core_new (settings), 5 * SECOND, 0,
    g_string_new (NULL)
  };

  play (&f, scene);
  g_assert_cmpstr (f.told->str, ==, expected);
  g_string_free (f.told, TRUE);
  follow_core_free (f.core);
}

static const FollowSettings usual = {.kinds = KINDS,.leave_after = 3 * SECOND };

static void
leaving (void)
{
  FollowSettings never = usual;

  /* Hanging up is the end; being lost is after a while, unless one returns. */
  check (&usual, "+anna . !anna", "+anna -anna mute:anna end ");
  check (&usual, "+anna -anna . .", "+anna -anna mute:anna ");
  check (&usual, "+anna -anna . . . .", "+anna -anna mute:anna end ");
  check (&usual, "+anna -anna . . +anna . . .", "+anna -anna mute:anna +anna ");
  /* A telephone does not come back. */
  check (&usual, "+sip1 . -sip1", "+sip1 -sip1 mute:sip1 end ");
  never.leave_after = -1;
  check (&never, "+anna !anna . . . . .", "+anna -anna mute:anna ");
  /* Nobody has come: nobody is waited for in vain. */
  check (&usual, ". . . . .", "");
}

/* A telephone rings, is answered or not, and has hung up before it leaves. */
static void
telephones (void)
{
  FollowSettings never = usual;

  check (&usual,
      "+sip=dialing ~sip=ringing . . . . . ~sip=active . ~sip=hangup "
      "~sip=hangup -sip=1 .", "+sip ~sip ~sip ~sip -sip mute:sip end ");
  /* Why it was not answered is told when it leaves, or it is not. */
  check (&usual, "+sip=ringing ~sip=hangup -sip=12",
      "+sip ~sip -sip mute:sip end ");
  check (&usual, "+sip=ringing ~sip=hangup", "+sip ~sip ");
  check (&usual, "+sip=ringing ~sip=hangup . . . -sip=12",
      "+sip ~sip -sip mute:sip end ");
  check (&usual, "+sip=ringing ~sip=hangup . . . . -sip=12",
      "+sip ~sip end -sip mute:sip ");
  check (&usual, "+sip=hangup .", "");
  /* The next caller is followed. */
  check (&usual, "+sip=ringing +anna ~sip=hangup . -sip=12 !anna",
      "+sip ~sip -sip mute:sip +anna -anna mute:anna end ");
  never.leave_after = -1;
  check (&never, "+sip=ringing ~sip=hangup . . -sip=12 .",
      "+sip ~sip -sip mute:sip ");
  /* The status of anybody else is his own affair. */
  check (&usual, "+anna ~anna=hangup .", "+anna ~anna ");
}

static void
show_status (FollowCore * core, const gchar * status, gboolean answered)
{
  LivekitParticipant *p = make ("sip");

  if (status)
    g_hash_table_insert (p->attributes, g_strdup ("sip.callStatus"),
        g_strdup (status));
  follow_core_participant (core, p, TRUE, 0);
  g_assert_cmpint (follow_core_is_answered (core), ==, answered);
  livekit_participant_free (p);
}

static void
answering (void)
{
  FollowCore *core = follow_core_new (&usual);
  LivekitReason reason = LIVEKIT_REASON_UNKNOWN;
  FollowNote *note;

  g_assert_true (follow_core_is_answered (core));
  show_status (core, "dialing", FALSE);
  show_status (core, "ringing", FALSE);
  show_status (core, "automation", FALSE);
  show_status (core, "active", TRUE);
  show_status (core, "something new", TRUE);
  show_status (core, NULL, TRUE);
  show_status (core, "ringing", FALSE);
  show_status (core, "hangup", TRUE);
  while ((note = follow_core_pop (core))) {
    if (note->type == FOLLOW_END)
      reason = note->reason;
    follow_note_free (note);
  }
  g_assert_cmpint (reason, ==, LIVEKIT_REASON_CLIENT_INITIATED);
  follow_core_free (core);
}

/* Why nobody answered. */
static void
declining (void)
{
  FollowCore *core = follow_core_new (&usual);
  LivekitParticipant *p = make ("sip");
  LivekitReason reason = LIVEKIT_REASON_UNKNOWN;
  FollowNote *note;

  show_status (core, "ringing", FALSE);
  show_status (core, "hangup", FALSE);
  p->reason = LIVEKIT_REASON_USER_REJECTED;
  follow_core_participant (core, p, FALSE, SECOND / 2);
  while ((note = follow_core_pop (core))) {
    if (note->type == FOLLOW_END)
      reason = note->reason;
    follow_note_free (note);
  }
  g_assert_cmpint (reason, ==, LIVEKIT_REASON_USER_REJECTED);
  livekit_participant_free (p);
  follow_core_free (core);
}

static void
choosing (void)
{
  FollowSettings named = usual, mixed = usual;

  check (&usual, "+agent +anna +ben !agent", "+anna ");
  /* The next one is followed at once, and later ones when they come. */
  check (&usual, "+anna +ben !anna . !ben",
      "+anna -anna mute:anna +ben -ben mute:ben end ");
  check (&usual, "+anna -anna . +ben . . . .", "+anna -anna mute:anna +ben ");
  check (&usual, "+anna +ben !ben . ~anna ~ben", "+anna mute:ben ~anna ");
  named.identity = "agent";
  check (&named, "+anna +agent !anna . !agent",
      "+agent -agent mute:agent end ");
  mixed.mix = TRUE;
  check (&mixed, "+anna +ben !anna !ben",
      "+anna -anna mute:anna +ben -ben mute:ben end ");
}

static void
hearing (void)
{
  FollowSettings mixed = usual;
  FollowCore *core = follow_core_new (&usual);
  LivekitParticipant *anna = make ("anna"), *ben = make ("ben");
  LivekitTrack *music = livekit_track_copy (anna->tracks->pdata[0]);
  const gchar *track;

  music->source = LIVEKIT_SOURCE_SCREEN_SHARE_AUDIO;
  g_free (music->sid);
  music->sid = g_strdup ("TR_music");
  g_ptr_array_insert (anna->tracks, 0, music);
  g_assert_false (follow_core_hears (core, "anna", "TR_anna"));
  g_assert_null (follow_core_get_followed (core, &track));
  follow_core_participant (core, anna, TRUE, 0);
  follow_core_participant (core, ben, TRUE, 0);
  g_assert_true (follow_core_hears (core, "anna", "TR_anna"));
  g_assert_false (follow_core_hears (core, "anna", "TR_music"));
  g_assert_false (follow_core_hears (core, "ben", "TR_ben"));
  g_assert_false (follow_core_hears (core, "ben", "TR_anna"));
  g_assert_true (follow_core_is_followed (core, "anna"));
  g_assert_false (follow_core_is_followed (core, "ben"));
  g_assert_cmpstr (follow_core_get_followed (core, &track), ==, "anna");
  g_assert_cmpstr (track, ==, "TR_anna");
  /* A new sid is the same caller; what the old one still tells is past. */
  g_free (anna->sid);
  anna->sid = g_strdup ("PA_again");
  follow_core_participant (core, anna, TRUE, 0);
  g_free (anna->sid);
  anna->sid = g_strdup ("PA_anna");
  follow_core_participant (core, anna, FALSE, 0);
  g_assert_true (follow_core_hears (core, "anna", "TR_anna"));
  /* The track is withdrawn. */
  g_free (anna->sid);
  anna->sid = g_strdup ("PA_again");
  g_ptr_array_set_size (anna->tracks, 1);
  follow_core_participant (core, anna, TRUE, 0);
  g_assert_false (follow_core_hears (core, "anna", "TR_anna"));
  follow_core_free (core);

  mixed.mix = TRUE;
  core = follow_core_new (&mixed);
  follow_core_participant (core, ben, TRUE, 0);
  g_assert_true (follow_core_hears (core, "ben", "TR_ben"));
  g_assert_true (follow_core_is_followed (core, "ben"));
  follow_core_free (core);
  livekit_participant_free (anna);
  livekit_participant_free (ben);
}

static void
crowd (void)
{
  FollowCore *core = follow_core_new (&usual);
  FollowNote *note;

  for (guint i = 0; i < 200; i++) {
    gchar *identity = g_strdup_printf ("guest%u", i);
    LivekitParticipant *p = make (identity);

    follow_core_participant (core, p, TRUE, 0);
    livekit_participant_free (p);
    g_free (identity);
  }
  while ((note = follow_core_pop (core)))
    follow_note_free (note);
  follow_core_free (core);
}

static void
kinds (void)
{
  GError *error = NULL;
  guint bits;

  g_assert_true (follow_kinds_parse ("standard, sip", &bits, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bits, ==, KINDS);
  g_assert_false (follow_kinds_parse ("standard,people", &bits, &error));
  g_assert_nonnull (strstr (error->message, "'people'"));
  g_clear_error (&error);
  g_assert_false (follow_kinds_parse ("", &bits, NULL));
  g_assert_cmpstr (follow_kind_name (LIVEKIT_KIND_CONNECTOR), ==, "connector");
  g_assert_cmpstr (follow_kind_name (99), ==, "unknown");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/follow-core/leaving", leaving);
  g_test_add_func ("/follow-core/telephones", telephones);
  g_test_add_func ("/follow-core/answering", answering);
  g_test_add_func ("/follow-core/declining", declining);
  g_test_add_func ("/follow-core/choosing", choosing);
  g_test_add_func ("/follow-core/hearing", hearing);
  g_test_add_func ("/follow-core/crowd", crowd);
  g_test_add_func ("/follow-core/kinds", kinds);
  return g_test_run ();
}
