# Makes the units' queues, the fields, the routing table, the scrip that routes, and a clerk with a token; brings one
# matter, which fill.sql copies; prints what the bench must know. Routing as the other houses do: the responsible unit, a
# queue here, from category and place, in the transaction of the matter itself.
use strict;
use warnings;
use lib '/usr/share/request-tracker5/lib';
use RT -init;
use JSON;

my $system = RT->SystemUser;

sub made {
    my ($kind, %with) = @_;
    my $object = "RT::$kind"->new($system);
    my ($id, $said) = $object->Create(%with);
    die "$kind: $said" unless $id;
    return $object;
}

my @queues = map { made('Queue', Name => sprintf('u%02d', $_), Description => 'unit') } 0 .. 39;
for my $name (qw(Place Category Contact)) {
    my $field = made(
        'CustomField',
        Name => $name,
        Type => 'FreeformSingle',
        LookupType => 'RT::Queue-RT::Ticket',
    );
    my ($done, $said) = $field->AddToObject(RT::Queue->new($system));
    die $said unless $done;
}

my $dbh = $RT::Handle->dbh;
$dbh->do('CREATE TABLE peer_route (category TEXT, place TEXT, queue INTEGER, PRIMARY KEY (category, place))');
$dbh->do(
    'INSERT INTO peer_route VALUES (?, ?, ?)', {},
    sprintf('c%02d', $_ / 200), sprintf('p%03d', $_ % 200), $queues[ ($_ % 200) / 5 ]->Id,
) for 0 .. 2399;

# Nothing but the routing happens when a matter comes in: no autoreply, no letters.
my $scrips = RT::Scrips->new($system);
$scrips->UnLimit;
while (my $scrip = $scrips->Next) { $scrip->SetDisabled(1) }
made(
    'Scrip',
    Description => 'route',
    ScripCondition => 'On Create',
    ScripAction => 'User Defined',
    Template => 'Blank',
    Queue => 0,
    CustomPrepareCode => 'return 1;',
    CustomCommitCode => <<'CODE',
my $ticket = $self->TicketObj;
my ($queue) = $RT::Handle->dbh->selectrow_array(
    'SELECT queue FROM peer_route WHERE category = ? AND place = ?', {},
    $ticket->FirstCustomFieldValue('Category'), $ticket->FirstCustomFieldValue('Place'),
);
return 0 unless $queue;
return 1 if $queue == $ticket->Queue;
my ($done) = $ticket->SetQueue($queue);
return $done;
CODE
);

my $clerk = made('User', Name => 'clerk', Password => 'linli-demo-2026', Privileged => 1);
my ($granted, $why) = $clerk->PrincipalObj->GrantRight(Right => 'SuperUser', Object => RT->System);
die $why unless $granted;
my $token = RT::AuthToken->new($system);
my ($kept, $said, $word) = $token->Create(Owner => $clerk->Id, Description => 'bench');
die $said unless $kept;

my $ticket = RT::Ticket->new(RT::CurrentUser->new($clerk));
my ($id, undef, $error) = $ticket->Create(
    Queue => $queues[0]->Id,
    Subject => 'template',
    Content => 'template',
    map { ("CustomField-" . field($_) => 'p000') } qw(Place Category Contact),
);
die $error unless $id;

sub field {
    my $found = RT::CustomField->new($system);
    $found->LoadByName(Name => $_[0], Queue => 0);
    return $found->Id;
}

print encode_json({ token => $word, template => $id, first => $queues[0]->Id, clerk => $clerk->Id }), "\n";
