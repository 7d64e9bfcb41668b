from nbexaminer.app import main

main()
