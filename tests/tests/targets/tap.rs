//! A unikernel on a real network: Linux pings it over a tap device, in a network namespace that nobody
//! else sees and that is gone with the last process in it.

use std::io::Write as _;

use mbuild_tests::{Project, Space, program};

/// Makes a tap, boots the guest on it, and pings it.
const SCRIPT: &str = r#"
set -eu
target=$1 mbuild=$2
ip tuntap add tap0 mode tap
ip address add 10.0.0.1/24 dev tap0
ip link set tap0 up
"$mbuild" build -q --target "$target"
timeout 120 "$mbuild" run -q --target "$target" --net service=tap0 -- 10.0.0.2 201 > guest 2>&1 &
guest=$!
for i in $(seq 600); do
  grep -q 'is here' guest && break
  sleep 0.1
done
# Each waits for the answer to the one before: QEMU on a busy machine drops what comes faster than it reads.
timeout 90 ping -q -A -c 200 -W 30 10.0.0.2
# One more ends the guest. A machine that ends may keep its last frames to itself, so nobody waits for it.
timeout 30 ping -q -c 1 -W 1 10.0.0.2 > /dev/null || true
status=0
wait $guest || status=$?
echo "the guest ended with $status"
grep -c 'answered 10.0.0.1' guest
"#;

/// The options of `unshare` that give us a network of our own, where there are such.
fn own_network(project: &Project) -> Result<&'static [&'static str], String> {
    let mut said = String::new();
    for options in [&["-n"][..], &["-r", "-n"]] {
        let make = ["sh", "-c", "ip tuntap add tap0 mode tap"];
        let made = project.program("unshare").arguments(&[options, &make].concat()).run();
        if made.code == 0 {
            return Ok(options);
        }
        said += &made.said();
    }
    Err(said)
}

#[test]
fn two_hundred_pings_over_a_tap_are_answered() {
    let space = Space::new();
    let project = space.example("ping");
    let options = match own_network(&project) {
        Ok(options) => options,
        Err(said) => {
            // The frames are tested all the same; standard error as such is shown by every test runner.
            let note = "note: no tap device can be made here, so no unikernel was pinged";
            writeln!(std::io::stderr(), "{note}\n{said}").expect("a terminal");
            project.mbuild(&["configure", "--enable", "tests"]).ok();
            project.mbuild(&["test"]).ok();
            assert_eq!(project.read("_mbuild/native/test/answer.log"), "answer: 5 frames\n");
            return;
        }
    };
    let mbuild = program::mbuild().to_string_lossy().into_owned();
    for target in ["solo5-spt", "solo5-virtio"] {
        let script = ["bash", "-c", SCRIPT, "tap", target, &mbuild];
        let mut run = project.program("unshare");
        run.arguments(&[options, &script].concat()).env("XDG_DATA_HOME", program::toolchains());
        let ran = run.ok();
        let heard = "200 packets transmitted, 200 received, 0% packet loss";
        assert!(ran.stdout.contains(heard), "{target}: {}", ran.said());
        let end = "the guest ended with 0\n201\n";
        assert!(ran.stdout.ends_with(end), "{target}: {}", ran.said());
    }
}
