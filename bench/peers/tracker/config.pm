# The site of the measurement; where it stands comes from the environment.
Set($rtname, 'peer.example.org');
Set($Organization, 'peer.example.org');
Set($WebDomain, '127.0.0.1');
Set($WebPort, $ENV{PEER_WEB_PORT} || 80);
Set($WebPath, '');
Set($DatabaseType, 'Pg');
Set($DatabaseHost, $ENV{PEER_HOST});
Set($DatabasePort, $ENV{PEER_PORT});
Set($DatabaseRTHost, $ENV{PEER_HOST});
Set($DatabaseName, $ENV{PEER_DATABASE});
Set($DatabaseUser, $ENV{PEER_USER});
Set($DatabaseAdmin, $ENV{PEER_USER});
Set($DatabasePassword, 'none');
# No mail goes out, and nothing is written into the system's log.
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($RestrictReferrer, 0);
Set($Timezone, 'Asia/Shanghai');
1;
