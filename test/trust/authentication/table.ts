/**
 * The authentication table: what each role does in each state with each input. Where it and the product differ, one
 * of the two is wrong.
 *
 * `answer`: what the peer gets, at once unless a time stands there. `counted`: a drop by its reason, or a failed
 * authentication. `authenticate()`: what a call that waits makes of it. `request`: what becomes of the user's own
 * request, whose response the input is. A dash: nothing, or none.
 */
export const TABLE = `
A server in Untrusted
input                state then      answer            callback  counted     link    authenticate()  request
SEED request         Seed sent       a fresh seed      -         -           stays   -               -
KEY request, valid   Untrusted       false at 100 ms   -         failure     stays   -               -
KEY request, wrong   Untrusted       false at 100 ms   -         failure     stays   -               -
SEED response        Untrusted       -                 -         unexpected  stays   -               -
KEY response, ok     Untrusted       -                 -         unexpected  stays   -               -
KEY response, bad    Untrusted       -                 -         unexpected  stays   -               -
CHANNEL              Untrusted       no other name     -         -           stays   -               -
whitelisted request  Untrusted       its result        runs      -           stays   -               -
other request        Untrusted       not trusted       -         untrusted   stays   -               -
awaited response     Untrusted       -                 -         untrusted   stays   -               waits
malformed            Untrusted       -                 -         checksum    stays   -               -
disconnect           Untrusted       -                 -         -           closed  -               -

A server in Seed requested
every input          unreachable

A server in Seed sent
input                state then      answer            callback  counted     link    authenticate()  request
SEED request         Seed sent       a fresh seed      -         -           stays   -               -
KEY request, valid   Trusted         true              -         -           stays   -               -
KEY request, wrong   Untrusted       false at 100 ms   -         failure     stays   -               -
SEED response        Seed sent       -                 -         unexpected  stays   -               -
KEY response, ok     Seed sent       -                 -         unexpected  stays   -               -
KEY response, bad    Seed sent       -                 -         unexpected  stays   -               -
CHANNEL              Seed sent       no other name     -         -           stays   -               -
whitelisted request  Seed sent       its result        runs      -           stays   -               -
other request        Seed sent       not trusted       -         untrusted   stays   -               -
awaited response     Seed sent       -                 -         untrusted   stays   -               waits
malformed            Seed sent       -                 -         checksum    stays   -               -
disconnect           Untrusted       -                 -         -           closed  -               -

A server in Key sent
every input          unreachable

A server in Trusted
input                state then      answer            callback  counted     link    authenticate()  request
SEED request         Seed sent       a fresh seed      -         -           stays   -               -
KEY request, valid   Trusted         false at 100 ms   -         failure     stays   -               -
KEY request, wrong   Trusted         false at 100 ms   -         failure     stays   -               -
SEED response        Trusted         -                 -         unexpected  stays   -               -
KEY response, ok     Trusted         -                 -         unexpected  stays   -               -
KEY response, bad    Trusted         -                 -         unexpected  stays   -               -
CHANNEL              Trusted         no other name     -         -           stays   -               -
whitelisted request  Trusted         its result        runs      -           stays   -               -
other request        Trusted         its result        runs      -           stays   -               -
awaited response     Trusted         -                 -         -           stays   -               settled
malformed            Trusted         -                 -         checksum    stays   -               -
disconnect           Untrusted       -                 -         -           closed  -               -

A client in Untrusted
input                state then      answer            callback  counted     link    authenticate()  request
SEED request         Untrusted       -                 -         unexpected  stays   -               -
KEY request, valid   Untrusted       -                 -         unexpected  stays   -               -
KEY request, wrong   Untrusted       -                 -         unexpected  stays   -               -
SEED response        Untrusted       -                 -         unexpected  stays   -               -
KEY response, ok     Untrusted       -                 -         unexpected  stays   -               -
KEY response, bad    Untrusted       -                 -         unexpected  stays   -               -
CHANNEL              Untrusted       -                 -         -           stays   -               -
whitelisted request  Untrusted       its result        runs      -           stays   -               -
other request        Untrusted       not trusted       -         untrusted   stays   -               -
awaited response     Untrusted       -                 -         untrusted   stays   -               waits
malformed            Untrusted       -                 -         checksum    stays   -               -
disconnect           Untrusted       -                 -         -           closed  -               -

A client in Seed requested
input                state then      answer            callback  counted     link    authenticate()  request
SEED request         Seed requested  -                 -         unexpected  stays   waits           -
KEY request, valid   Seed requested  -                 -         unexpected  stays   waits           -
KEY request, wrong   Seed requested  -                 -         unexpected  stays   waits           -
SEED response        Key sent        the key           -         -           stays   waits           -
KEY response, ok     Seed requested  -                 -         unexpected  stays   waits           -
KEY response, bad    Seed requested  -                 -         unexpected  stays   waits           -
CHANNEL              Seed requested  -                 -         -           stays   waits           -
whitelisted request  Seed requested  its result        runs      -           stays   waits           -
other request        Seed requested  not trusted       -         untrusted   stays   waits           -
awaited response     Seed requested  -                 -         untrusted   stays   waits           waits
malformed            Seed requested  -                 -         checksum    stays   waits           -
disconnect           Untrusted       -                 -         failure     closed  false           -

A client in Seed sent
every input          unreachable

A client in Key sent
input                state then      answer            callback  counted     link    authenticate()  request
SEED request         Key sent        -                 -         unexpected  stays   waits           -
KEY request, valid   Key sent        -                 -         unexpected  stays   waits           -
KEY request, wrong   Key sent        -                 -         unexpected  stays   waits           -
SEED response        Key sent        -                 -         unexpected  stays   waits           -
KEY response, ok     Trusted         -                 -         -           stays   true            -
KEY response, bad    Untrusted       -                 -         failure     stays   false           -
CHANNEL              Key sent        -                 -         -           stays   waits           -
whitelisted request  Key sent        its result        runs      -           stays   waits           -
other request        Key sent        not trusted       -         untrusted   stays   waits           -
awaited response     Key sent        -                 -         untrusted   stays   waits           waits
malformed            Key sent        -                 -         checksum    stays   waits           -
disconnect           Untrusted       -                 -         failure     closed  false           -

A client in Trusted
input                state then      answer            callback  counted     link    authenticate()  request
SEED request         Trusted         -                 -         unexpected  stays   -               -
KEY request, valid   Trusted         -                 -         unexpected  stays   -               -
KEY request, wrong   Trusted         -                 -         unexpected  stays   -               -
SEED response        Trusted         -                 -         unexpected  stays   -               -
KEY response, ok     Trusted         -                 -         unexpected  stays   -               -
KEY response, bad    Trusted         -                 -         unexpected  stays   -               -
CHANNEL              Trusted         -                 -         -           stays   -               -
whitelisted request  Trusted         its result        runs      -           stays   -               -
other request        Trusted         its result        runs      -           stays   -               -
awaited response     Trusted         -                 -         -           stays   -               settled
malformed            Trusted         -                 -         checksum    stays   -               -
disconnect           Untrusted       -                 -         -           closed  -               -
`;
