//! The `pool` statement.

use mbuild_rules::{Manifest, PoolId};

use crate::read;

#[test]
fn pools() {
    let manifest = read(
        "pool link\n  depth = 4\nrule r\n  command = r\n  pool = link\nbuild a: r\nbuild b: r\n  pool = console\nbuild c: r\n  pool =\nbuild d: phony\n",
    );
    let pools: Vec<_> = manifest.actions().map(|action| manifest.pool(action)).collect();
    assert_eq!(
        pools,
        [PoolId(2), Manifest::CONSOLE_POOL, Manifest::DEFAULT_POOL, Manifest::DEFAULT_POOL]
    );
    assert_eq!(manifest.pool_name(PoolId(2)), b"link");
}

#[test]
fn a_depth_is_read_as_far_as_it_is_a_number() {
    let manifest = read("pool a\n  depth = 3x\npool b\n  depth = none\n");
    assert_eq!(manifest.pool_depth(PoolId(2)), 3);
    assert_eq!(manifest.pool_depth(PoolId(3)), 0);
}
